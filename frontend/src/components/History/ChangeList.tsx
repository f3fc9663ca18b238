import type { Change } from "@/client/types";
import { place, valueText } from "./words";

/** What was and what is to be, value by value. */
export function ChangeList({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return <p className="text-soft">No value of the specification differs.</p>;
  return (
    <dl className="grid gap-3">
      {changes.map((change) => (
        <div key={change.pointer} className="grid gap-1">
          <dt className="font-medium text-sm">{place(change.pointer)}</dt>
          {change.from != null && (
            <dd className="whitespace-pre-wrap break-words rounded-md bg-stop-wash px-3 py-1.5 font-mono text-sm text-stop">
              <span className="sr-only">was </span>− {valueText(change.from)}
            </dd>
          )}
          <dd className="whitespace-pre-wrap break-words rounded-md bg-go-wash px-3 py-1.5 font-mono text-go text-sm">
            <span className="sr-only">now </span>+ {valueText(change.to)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
