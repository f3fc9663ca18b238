import type { Change } from "@/client/types";

/** The first line of a commit's message; trailers are for machines. */
export function subject(message: string): string {
  return message.split("\n")[0]?.trim() || "Change";
}

/** A pointer in words: `/model/base_url` is “model › base url”. */
export function place(pointer: string): string {
  const parts = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~").replaceAll("_", " "));
  return parts.join(" › ") || "the whole bot";
}

export function whatChanged(changes: Change[]): string {
  const names = [...new Set(changes.map((change) => place(change.pointer)))];
  if (names.length === 0) return "";
  if (changes.some((change) => change.pointer === "/version" && change.from == null))
    return "the first version";
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** A value as it is shown: text as it is, the rest as JSON, nothing as a dash. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "—";
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}
