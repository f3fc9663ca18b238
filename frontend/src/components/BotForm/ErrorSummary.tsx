import type { FieldProblem } from "@/client/types";
import { ProblemNote } from "@/components/ui/ProblemNote";

/** What is wrong as a whole, with the problems that no field of the form can show. */
export function ErrorSummary({ error, others }: { error: unknown; others: FieldProblem[] }) {
  return (
    <ProblemNote error={error}>
      {others.length > 0 && (
        <ul className="grid gap-1">
          {others.map((problem) => (
            <li key={problem.pointer + problem.detail} className="break-words">
              <code className="font-mono text-sm">{problem.pointer}</code> {problem.detail}
            </li>
          ))}
        </ul>
      )}
    </ProblemNote>
  );
}
