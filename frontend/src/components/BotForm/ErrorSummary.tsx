import { ApiError } from "@/client/problem";
import type { FieldProblem } from "@/client/types";
import { ProblemNote } from "@/components/ui/ProblemNote";

/** What is wrong as a whole, with the problems that no field of the form can show; the others stand at theirs. */
export function ErrorSummary({ error, others }: { error: unknown; others: FieldProblem[] }) {
  const invalid = error instanceof ApiError && error.status === 422;
  const atFields = invalid ? error.fields.length - others.length : 0;
  return (
    <ProblemNote error={atFields > 0 ? new ApiError(422, toCorrect(atFields)) : error}>
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

function toCorrect(count: number) {
  return {
    title: count === 1 ? "One field is not right yet" : `${count} fields are not right yet`,
    detail: "What is wrong stands beside the fields. Nothing has been committed.",
  };
}
