import { useState } from "react";
import type { HistoryEntry } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { CopyButton } from "@/components/ui/CopyButton";
import { Icon } from "@/components/ui/Icon";
import { Time } from "@/components/ui/Time";
import { ChangeList } from "./ChangeList";
import { CommitDiff } from "./CommitDiff";
import { RollBack } from "./RollBack";
import { subject, whatChanged } from "./words";

interface Props {
  bot: string;
  entry: HistoryEntry;
  /** The commit before it, as far as the list reaches. */
  before: string | undefined;
  current: boolean;
}

/** One commit: in words at first sight, as a diff for who opens it. */
export function Commit({ bot, entry, before, current }: Props) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  return (
    <li>
      <div className="flex items-start gap-3 px-4 py-4 sm:px-5">
        <Icon name="commit" className="mt-0.5 text-faint" />
        <div className="flex min-w-0 grow flex-wrap items-center justify-between gap-x-6 gap-y-2">
          <div className="min-w-0 max-w-full">
            <p className="break-words font-medium">
              {subject(entry.message)}
              {current && (
                <span className="ml-2 rounded-full bg-go-wash px-2.5 py-0.5 font-medium text-go text-xs">
                  now
                </span>
              )}
            </p>
            <p className="text-soft text-sm">{whatChanged(entry.changes)}</p>
            <p className="mt-1 flex flex-wrap items-center gap-x-2 text-faint text-sm">
              <span>{entry.author}</span>
              <span aria-hidden="true">·</span>
              <Time at={entry.at} />
              <span aria-hidden="true">·</span>
              <span className="inline-flex items-center font-mono">
                {entry.commit.slice(0, 10)}
                <CopyButton text={entry.commit} label="Copy the commit’s id" className="-my-1.5" />
              </span>
            </p>
          </div>
          <div className="flex flex-wrap gap-2">
            <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? "Hide the change" : "Show the change"}
            </Button>
            {!current && (
              <Button size="small" icon="undo" onClick={() => setAsking(true)}>
                Roll back to this
              </Button>
            )}
          </div>
        </div>
      </div>
      {open && (
        <div className="grid animate-rise gap-4 border-line border-t bg-fog px-4 py-4 sm:px-5">
          {before ? (
            <CommitDiff bot={bot} from={before} to={entry.commit} />
          ) : (
            <ChangeList changes={entry.changes} />
          )}
        </div>
      )}
      {asking && <RollBack bot={bot} entry={entry} onClose={() => setAsking(false)} />}
    </li>
  );
}
