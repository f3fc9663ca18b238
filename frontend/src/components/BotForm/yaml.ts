/** The specification as the text of a `bot.yaml`, and back, as strictly as Botyard itself reads one. */
import { parse, stringify, YAMLError } from "yaml";
import type { Spec } from "@/client/types";

/** The order in which Botyard writes a new file. */
const ORDER = [
  "version",
  "name",
  "template",
  "description",
  "instructions",
  "model",
  "channels",
  "access",
  "memory",
  "tools",
  "knowledge",
  "budget",
];

export function toYaml(spec: Spec): string {
  const place = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  const sorted = Object.entries(spec).sort(([a], [b]) => place(a) - place(b));
  return stringify(Object.fromEntries(sorted), { lineWidth: 0 });
}

export type Read = { spec: Spec; problem: null } | { spec: null; problem: string };

/** The specification that a text holds, or in one sentence why it holds none. */
export function readYaml(text: string): Read {
  try {
    // Neither aliases nor a key twice: what is read is what is seen.
    const found: unknown = parse(text, { maxAliasCount: 0, uniqueKeys: true, prettyErrors: true });
    if (typeof found === "object" && found !== null && !Array.isArray(found))
      return { spec: found as Spec, problem: null };
    return { spec: null, problem: "A bot’s file is a list of `key: value` lines, such as `version: 1`." };
  } catch (error) {
    return { spec: null, problem: wordsOf(error) };
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ReferenceError) return "Write values out: `&` and `*` are not followed here.";
  const line = error instanceof YAMLError ? error.linePos?.[0].line : undefined;
  const said = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
  const words = said.replace(/ at line \d+, column \d+:?$/, "");
  return line ? `Line ${line}: ${words}.` : `${words}.`;
}
