import { Button } from "@/components/ui/Button";

export function ChangedMeanwhile({ onReload }: { onReload: () => void }) {
  return (
    <div
      role="status"
      className="mb-6 flex flex-wrap items-center justify-between gap-3 rounded-lg border border-work/35 bg-work-wash px-4 py-3"
    >
      <p>Somebody has changed this bot since you opened this form. What you see here is the older version.</p>
      <Button size="small" icon="restart" onClick={onReload}>
        Load the newer one
      </Button>
    </div>
  );
}
