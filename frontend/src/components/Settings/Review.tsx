import { ApiError } from "@/client/problem";
import type { Bot, Diff } from "@/client/types";
import { ChangeList } from "@/components/History/ChangeList";
import { Confirm } from "@/components/ui/Confirm";
import { Unified } from "@/components/ui/Unified";
import { type Edit, useChange } from "@/hooks/use-writes";
import { useNavigate } from "@/router";

interface Props {
  bot: Bot;
  edit: Edit;
  diff: Diff;
  onClose: () => void;
}

/** The very diff that the commit will hold, before it does. */
export function Review({ bot, edit, diff, onClose }: Props) {
  const navigate = useNavigate();
  const change = useChange(bot.id);
  const sealed = Object.keys(edit.secrets);
  const stale = change.error instanceof ApiError && change.error.status === 412;
  return (
    <Confirm
      open
      wide
      title="Commit this change?"
      verb="Commit and deploy"
      busy={change.isPending}
      error={change.error}
      onClose={onClose}
      onConfirm={() =>
        change.mutate(edit, { onSuccess: ({ operation }) => navigate(`/operations/${operation.id}`) })
      }
    >
      {diff.unified.trim() ? (
        <Unified text={diff.unified} label="What will be committed" className="max-h-80" />
      ) : (
        diff.changes.length > 0 && <ChangeList changes={diff.changes} />
      )}
      {sealed.length > 0 && (
        <p>
          Sealed and committed with it: <span className="break-all font-mono">{sealed.join(", ")}</span>. The
          bot restarts with the new value.
        </p>
      )}
      {stale && <p>Close this, load the newer version of the form and make your change again.</p>}
    </Confirm>
  );
}
