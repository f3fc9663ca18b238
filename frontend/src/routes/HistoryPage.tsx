import { Commit } from "@/components/History/Commit";
import { Button } from "@/components/ui/Button";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useHistory } from "@/hooks/use-history";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function HistoryPage() {
  const bot = useThisBot();
  useTitle(`History of ${bot.id}`);
  const history = useHistory(bot.id);
  if (history.isPending)
    return (
      <Loading what="the history">
        <Skeleton className="h-64 w-full rounded-xl" />
      </Loading>
    );
  const entries = history.data ?? [];
  return (
    <div className="grid gap-4">
      <ProblemNote error={history.error} />
      {entries.length === 0 && !history.isError && (
        <p className="py-6 text-soft">Nothing has been committed yet.</p>
      )}
      <ol
        aria-label="Commits"
        className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-paper shadow-card"
      >
        {entries.map((entry, index) => (
          <Commit
            key={entry.commit}
            bot={bot.id}
            entry={entry}
            before={entries[index + 1]?.commit}
            current={index === 0}
          />
        ))}
      </ol>
      {history.hasNextPage && (
        <Button
          className="justify-self-center"
          busy={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          Show older
        </Button>
      )}
    </div>
  );
}
