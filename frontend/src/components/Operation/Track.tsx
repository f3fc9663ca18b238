import type { Operation } from "@/client/types";
import { lasted } from "@/components/ui/Time";
import { useNow } from "@/hooks/use-now";
import { isOver } from "@/hooks/use-operation";
import { StepDot } from "./StepDot";
import { timed } from "./timing";
import { STATE_WORDS, stepTitle } from "./words";

/** The steps as stations on a track: what is behind is drawn solid, what lies ahead is not. */
export function Track({ operation }: { operation: Operation }) {
  const now = useNow(!isOver(operation));
  const rows = timed(operation, now);
  const running = operation.steps.find((step) => step.state === "running" || step.state === "failed");
  return (
    <>
      <p role="status" className="sr-only">
        {running ? `${stepTitle(running, operation.state)}: ${STATE_WORDS[running.state]}` : ""}
      </p>
      <ol aria-label="Steps">
        {rows.map(({ step, took }, index) => {
          const past = step.state === "succeeded" || step.state === "skipped";
          return (
            <li
              key={step.name}
              data-step={step.name}
              data-state={step.state}
              className="relative flex gap-4 pb-5 last:pb-0"
            >
              {index < rows.length - 1 && (
                <span
                  aria-hidden="true"
                  className={`absolute top-6 bottom-0 left-[0.6875rem] w-0.5 ${past ? "bg-ink" : "bg-line"}`}
                />
              )}
              <StepDot state={step.state} />
              <div className="min-w-0 grow">
                <p className="flex items-baseline justify-between gap-4">
                  <span
                    className={
                      step.state === "pending" || step.state === "skipped" ? "text-faint" : "font-medium"
                    }
                  >
                    {stepTitle(step, operation.state)}
                    <span className="sr-only">, {STATE_WORDS[step.state]}</span>
                  </span>
                  <span className="font-mono text-faint text-sm tabular-nums">
                    {took === null ? "" : lasted(took)}
                  </span>
                </p>
                <Detail
                  operation={operation}
                  name={step.name}
                  detail={step.detail}
                  failed={step.state === "failed"}
                />
              </div>
            </li>
          );
        })}
      </ol>
    </>
  );
}

interface DetailProps {
  operation: Operation;
  name: string;
  detail?: string | null;
  failed: boolean;
}

function Detail({ operation, name, detail, failed }: DetailProps) {
  if (failed) return null;
  if (name === "committed" && operation.commit)
    return <p className="font-mono text-faint text-sm">{operation.commit.slice(0, 10)}</p>;
  if (!detail || name === "accepted") return null;
  if (name === "answered")
    return (
      <blockquote className="mt-1.5 w-fit max-w-full animate-rise rounded-lg rounded-tl-sm bg-sunk px-3.5 py-2 break-words">
        {detail}
      </blockquote>
    );
  return <p className="break-words text-faint text-sm">{detail}</p>;
}
