import type { Phase } from "@/client/types";
import { useSearchParams } from "@/router";
import type { Wanted } from "./bot-pages";

/** What people ask of a list in one word; each stands for the phases of the API. */
export const STANDINGS = {
  live: { word: "Live", phases: ["live", "idle"] },
  working: { word: "Working", phases: ["pending", "deploying", "deleting"] },
  paused: { word: "Paused", phases: ["paused"] },
  trouble: { word: "In trouble", phases: ["held", "degraded", "failed"] },
} satisfies Record<string, { word: string; phases: Phase[] }>;

export type Standing = keyof typeof STANDINGS;

/** What the list shows is in the address, so that a reload, a link and the way back show it again. */
export function useWanted() {
  const [query, setQuery] = useSearchParams();
  const standing = query.get("standing") as Standing | null;
  const known = standing && standing in STANDINGS ? standing : null;
  const wanted: Wanted = {
    words: query.get("q") ?? "",
    channel: query.get("channel") ?? "",
    phases: known ? STANDINGS[known].phases : [],
  };
  function want(name: "q" | "channel" | "standing", value: string): void {
    setQuery(name, value, { replace: true });
  }
  return { wanted, standing: known, want, filtered: Boolean(wanted.words || wanted.channel || known) };
}
