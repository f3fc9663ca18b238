/** A unified diff as rows of two columns: what was, what is; null where one side has no such line. */
export interface Row {
  left: string | null;
  right: string | null;
  kind: "same" | "changed" | "place";
}

const HEAD = /^(diff |index |--- |\+\+\+ |\\ No newline)/;

export function rowsOf(unified: string): Row[] {
  const rows: Row[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  function settle(): void {
    for (let i = 0; i < Math.max(removed.length, added.length); i++)
      rows.push({ left: removed[i] ?? null, right: added[i] ?? null, kind: "changed" });
    removed = [];
    added = [];
  }
  for (const line of unified.replace(/\n$/, "").split("\n")) {
    // Within a hunk a removed line may itself begin with two hyphens; heads come before the first hunk only.
    if (rows.length === 0 && HEAD.test(line)) continue;
    if (line.startsWith("-")) removed.push(line.slice(1));
    else if (line.startsWith("+")) added.push(line.slice(1));
    else {
      settle();
      if (line.startsWith("@@")) rows.push({ left: line, right: line, kind: "place" });
      else if (!line.startsWith("\\")) rows.push({ left: line.slice(1), right: line.slice(1), kind: "same" });
    }
  }
  settle();
  return rows;
}
