import { useMemo } from "react";
import { type Row, rowsOf } from "./side-by-side";

interface Props {
  text: string;
  label: string;
}

/** A diff in two columns: before on the left, after on the right. */
export function SideBySide({ text, label }: Props) {
  const rows = useMemo(() => rowsOf(text), [text]);
  return (
    <section
      aria-label={label}
      tabIndex={0}
      className="overflow-auto rounded-md border border-line bg-paper font-mono text-sm"
    >
      <table className="w-full table-fixed border-collapse">
        <thead className="text-left font-sans text-faint">
          <tr className="border-line border-b">
            <th scope="col" className="w-1/2 px-4 py-1.5 font-medium">
              Before
            </th>
            <th scope="col" className="w-1/2 border-line border-l px-4 py-1.5 font-medium">
              After
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) =>
            row.kind === "place" ? (
              <tr key={i}>
                <td colSpan={2} className="px-4 text-faint">
                  {row.left}
                </td>
              </tr>
            ) : (
              <tr key={i} className="align-top">
                <Cell row={row} side="left" tone="bg-stop-wash text-stop" sign="−" />
                <Cell row={row} side="right" tone="bg-go-wash text-go" sign="+" />
              </tr>
            ),
          )}
        </tbody>
      </table>
    </section>
  );
}

/** The sign is in the text, so that colour only helps. */
function Cell({ row, side, tone, sign }: { row: Row; side: "left" | "right"; tone: string; sign: string }) {
  const line = row[side];
  const changed = row.kind === "changed" && line !== null;
  return (
    <td
      className={`whitespace-pre-wrap break-words px-4 ${side === "right" ? "border-line border-l" : ""} ${changed ? tone : "text-soft"} ${line === null ? "bg-sunk" : ""}`}
    >
      {line !== null && `${changed ? sign : " "} ${line}`}
    </td>
  );
}
