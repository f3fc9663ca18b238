import { Button } from "@/components/ui/Button";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Brand } from "./Brand";

/** Nothing answers: says so, and what to look at. */
export function Away({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <main className="mx-auto grid min-h-dvh max-w-narrow content-center gap-6 px-5">
      <Brand />
      <ProblemNote error={error}>
        <div>
          <Button size="small" icon="restart" onClick={onRetry}>
            Try again
          </Button>
        </div>
      </ProblemNote>
    </main>
  );
}
