import { useState } from "react";

/** Which of a list have been chosen, by id. */
export interface Chosen {
  ids: ReadonlySet<string>;
  /** Turns one; with `upTo`, all from the one turned before to this one become as this one. */
  turn: (id: string, upTo: boolean) => void;
  set: (ids: Iterable<string>) => void;
}

export function useChosen(all: string[]): Chosen {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState<string | null>(null);

  function turn(id: string, upTo: boolean): void {
    const on = !ids.has(id);
    const next = new Set(ids);
    const [from, to] = [all.indexOf(upTo && last ? last : id), all.indexOf(id)].sort((a, b) => a - b);
    for (const each of all.slice(from, (to ?? 0) + 1)) {
      if (on) next.add(each);
      else next.delete(each);
    }
    setIds(next);
    setLast(id);
  }
  return { ids, turn, set: (wanted) => setIds(new Set(wanted)) };
}
