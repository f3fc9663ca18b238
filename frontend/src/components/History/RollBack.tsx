import type { HistoryEntry } from "@/client/types";
import { Confirm } from "@/components/ui/Confirm";
import { Skeleton } from "@/components/ui/Skeleton";
import { Time } from "@/components/ui/Time";
import { Unified } from "@/components/ui/Unified";
import { useDiff, useHistory } from "@/hooks/use-history";
import { useAct } from "@/hooks/use-writes";
import { useNavigate } from "@/router";
import { subject } from "./words";

/** Shows what going back would change before it does. */
export function RollBack({ bot, entry, onClose }: { bot: string; entry: HistoryEntry; onClose: () => void }) {
  const navigate = useNavigate();
  const act = useAct(bot);
  const head = useHistory(bot).data?.[0]?.commit ?? "";
  const diff = useDiff(bot, head, entry.commit, head !== "");
  return (
    <Confirm
      open
      wide
      title="Roll back to this commit?"
      verb="Roll back"
      busy={act.isPending}
      error={act.error}
      onClose={onClose}
      onConfirm={() =>
        act.mutate(
          { kind: "rollback", commit: entry.commit },
          { onSuccess: ({ operation }) => navigate(`/operations/${operation.id}`) },
        )
      }
    >
      <p>
        The bot becomes what it was after “{subject(entry.message)}”, <Time at={entry.at} />. A new commit
        does it, so this can be undone as well. Secret values stay as they are now.
      </p>
      {diff.isPending && <Skeleton className="h-20 w-full" />}
      {diff.data?.unified.trim() && (
        <Unified text={diff.data.unified} label="What rolling back changes" className="max-h-60" />
      )}
    </Confirm>
  );
}
