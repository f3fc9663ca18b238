import type { AuditEntry } from "@/client/types";
import { Time } from "@/components/ui/Time";
import { Link } from "@/router";
import { deed } from "./words";

const QUIET = "underline decoration-edge/60 underline-offset-4 hover:decoration-ink";

/** One line of the audit log: who, what, on which bot, by which way, and how it ended. */
export function AuditRow({ entry }: { entry: AuditEntry }) {
  const { actor, via, action, bot, operation, outcome, detail } = entry;
  const bad = outcome === "failed" || outcome === "refused" || outcome === "denied";
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 px-4 py-3 sm:px-5 md:grid-cols-[9rem_minmax(0,1fr)_6rem_6rem_7rem]">
      <p className="truncate font-medium max-md:col-start-1">{actor}</p>
      <div className="min-w-0 max-md:col-start-1">
        <p className="truncate">
          {deed(action)}{" "}
          {bot && (
            <Link to={`/bots/${bot}`} className={QUIET}>
              {bot}
            </Link>
          )}
        </p>
        {detail && <p className="truncate text-faint text-sm">{detail}</p>}
      </div>
      <p className="text-faint text-sm max-md:hidden">{via === "session" ? "page" : via}</p>
      <p
        className={`text-sm max-md:col-start-2 max-md:row-start-2 max-md:text-right ${bad ? "text-stop" : "text-soft"}`}
      >
        {operation ? (
          <Link to={`/operations/${operation}`} className={QUIET}>
            {outcome}
          </Link>
        ) : (
          outcome
        )}
      </p>
      <Time at={entry.at} className="text-right text-faint text-sm max-md:col-start-2 max-md:row-start-1" />
    </div>
  );
}
