import type { Operation } from "@/client/types";
import { StepDot } from "@/components/Operation/StepDot";
import { headline, stepTitle } from "@/components/Operation/words";
import { lasted, Time } from "@/components/ui/Time";
import { Link } from "@/router";

function Commit({ id }: { id?: string | null }) {
  return id ? <span className="font-mono">{id.slice(0, 10)}</span> : "no commit";
}

/** One operation: how it stands, what it was, whose, and how long it took. */
export function OperationRow({ operation }: { operation: Operation }) {
  const { state, error, bot, actor, source } = operation;
  const step = operation.steps.find((each) => each.state === "running");
  const took = operation.finished_at
    ? lasted(Date.parse(operation.finished_at) - Date.parse(operation.created_at))
    : "";
  return (
    <div className="relative grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-4 px-4 py-3.5 transition hover:bg-sunk/50 sm:px-5 md:grid-cols-[auto_minmax(0,1fr)_10rem_5rem_7rem]">
      <StepDot state={state === "in_review" ? "pending" : state} />
      <div className="min-w-0">
        <Link
          to={`/operations/${operation.id}`}
          className="block break-words font-medium no-underline md:truncate after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus focus-visible:after:-outline-offset-2"
        >
          {headline(operation)} <span className="font-normal text-soft">{bot ?? ""}</span>
        </Link>
        <p
          className={`line-clamp-2 break-words text-sm md:line-clamp-1 ${error ? "text-stop" : "text-faint"}`}
        >
          {error?.detail ?? (step ? stepTitle(step, state) : <Commit id={operation.commit} />)}
        </p>
      </div>
      <p className="hidden truncate text-soft text-sm md:block">
        {actor}
        {source === "push" ? ", by a push" : ""}
      </p>
      <p className="hidden text-right font-mono text-faint text-sm tabular-nums md:block">{took}</p>
      <Time at={operation.created_at} className="text-right text-faint text-sm" />
    </div>
  );
}
