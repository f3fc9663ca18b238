import type { ReactNode } from "react";
import { toProblem } from "@/client/problem";
import { Icon } from "./Icon";
import { Prose } from "./Prose";

interface Props {
  error: unknown;
  children?: ReactNode;
}

/** What happened and what to do next, read out when it appears. */
export function ProblemNote({ error, children }: Props) {
  if (!error) return null;
  const { title, detail, next_step: next } = toProblem(error);
  return (
    <div role="alert" className="animate-rise rounded-lg border border-stop/35 bg-stop-wash px-4 py-3">
      <p className="flex items-start gap-2 font-medium text-stop">
        <Icon name="warn" className="mt-0.5" />
        {title}
      </p>
      <div className="mt-1 grid gap-2 pl-7 text-ink">
        {detail && detail !== title && (
          <p className="break-words">
            <Prose text={detail} />
          </p>
        )}
        {next && (
          <p className="break-words font-medium">
            <Prose text={next} />
          </p>
        )}
        {children}
      </div>
    </div>
  );
}
