import { ProblemNote } from "@/components/ui/ProblemNote";
import { Skeleton } from "@/components/ui/Skeleton";
import { Unified } from "@/components/ui/Unified";
import { useDiff } from "@/hooks/use-history";

export function CommitDiff({ bot, from, to }: { bot: string; from: string; to: string }) {
  const diff = useDiff(bot, from, to, true);
  if (diff.isError) return <ProblemNote error={diff.error} />;
  if (!diff.data) return <Skeleton className="h-24 w-full" />;
  return diff.data.unified.trim() ? (
    <Unified text={diff.data.unified} label="What this commit changed" />
  ) : (
    <p className="text-soft">The bot’s file is the same before and after.</p>
  );
}
