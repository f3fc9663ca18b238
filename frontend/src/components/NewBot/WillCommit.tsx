import { ApiError } from "@/client/problem";
import { ErrorSummary } from "@/components/BotForm/ErrorSummary";
import { Skeleton } from "@/components/ui/Skeleton";
import { Unified } from "@/components/ui/Unified";
import { type Deployment, useDeployPreview } from "@/hooks/use-writes";

/** The very diff that Deploy will commit, or what stands in its way. */
export function WillCommit({ deployment, path }: { deployment: Deployment; path: string }) {
  const named = Boolean(deployment.spec.name);
  const preview = useDeployPreview(deployment, named);
  if (!named) return <p className="text-soft">Give it a name first: it is part of the file’s path.</p>;
  if (preview.error) {
    const others = preview.error instanceof ApiError ? preview.error.fields : [];
    return <ErrorSummary error={preview.error} others={others} />;
  }
  if (!preview.data) return <Skeleton className="h-48 w-full" />;
  return (
    <div className="grid gap-2">
      <p className="break-all font-mono text-faint text-sm">{path}</p>
      <Unified text={preview.data.unified} label="What will be committed" className="max-h-[60dvh]" />
    </div>
  );
}
