import { toProblem } from "@/client/problem";
import type { Checked } from "@/client/types";
import { Icon } from "@/components/ui/Icon";
import { Spinner } from "@/components/ui/Spinner";

interface Props {
  /** What is being asked just now. */
  asking: string | null;
  checked: Checked | undefined;
  error?: unknown;
  fine: React.ReactNode;
}

/** What a pasted token or key is good for, in one line. */
export function Verdict({ asking, checked, error, fine }: Props) {
  const problem = error ? toProblem(error) : null;
  const reason = problem
    ? [problem.detail ?? problem.title, problem.next_step]
    : checked && !checked.ok && [checked.reason ?? "It is not accepted.", checked.next_step];
  return (
    <div role="status" className="flex min-h-8 min-w-0 items-center text-sm">
      {asking && (
        <span className="flex items-center gap-2 text-faint">
          <Spinner /> {asking}
        </span>
      )}
      {!asking && !reason && checked?.ok && (
        <span className="flex min-w-0 items-center gap-1.5 text-go">
          {checked.picture ? <Picture checked={checked} /> : <Icon name="check" className="size-4.5" />}
          {fine}
        </span>
      )}
      {!asking && reason && (
        <span className="flex items-start gap-1.5 break-words text-stop">
          <Icon name="warn" className="mt-0.5 size-4" />
          {reason.filter(Boolean).join(" ")}
        </span>
      )}
    </div>
  );
}

/** The face that people see in the chat: proof that it is the right token. */
function Picture({ checked }: { checked: Checked }) {
  return (
    <img
      src={checked.picture ?? ""}
      alt={`Face of ${checked.name}`}
      className="mr-1 size-8 shrink-0 rounded-full bg-sunk object-cover"
    />
  );
}
