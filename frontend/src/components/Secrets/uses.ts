import type { Spec } from "@/client/types";

/** What each secret of a specification is for, by its name: every `{secret: NAME}` in it, wherever it stands. */
export function usesOf(spec: Spec): Map<string, string> {
  const uses = new Map<string, string>();
  look(spec, [], uses);
  return uses;
}

function look(value: unknown, path: string[], uses: Map<string, string>): void {
  if (typeof value !== "object" || value === null) return;
  const named = (value as { secret?: unknown }).secret;
  if (typeof named === "string" && path.length > 0) uses.set(named, path.join(" › ").replaceAll("_", " "));
  for (const [key, each] of Object.entries(value)) look(each, [...path, key], uses);
}
