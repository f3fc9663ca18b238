import { useState } from "react";
import type { Spec } from "@/client/types";
import { type Draft, draftOf, specOf, typedSecrets } from "./draft";
import { readYaml, toYaml } from "./yaml";

export interface Editor {
  draft: Draft;
  /** What the form's fields are laid over; what they do not show comes from here. */
  base: Spec;
  /** The specification as it is to be, whichever side wrote it last. */
  spec: Spec;
  text: string;
  /** Why the text cannot be read; the form waits for it to be mended. */
  problem: string | null;
  /** Whether anybody has changed anything; a file written otherwise than the form would is no change. */
  touched: boolean;
  change: (part: Partial<Draft>) => void;
  write: (text: string) => void;
  reset: (spec: Spec, owner: string) => void;
}

interface State {
  draft: Draft;
  base: Spec;
  /** What was typed, as long as the text was edited last: it stays as it was typed, blank lines and all. */
  typed: string | null;
  problem: string | null;
  touched: boolean;
}

/** One specification under two hands: the form and the text, each in step with the other. */
export function useEditor(initial: Spec, owner: string, keySet = (_draft: Draft) => false): Editor {
  const [state, setState] = useState<State>(() => begun(initial, owner));
  const { draft, base, typed, problem, touched } = state;
  const spec = typed === null ? specOf(draft, base, keySet(draft)) : base;
  return {
    draft,
    base,
    spec,
    text: typed ?? toYaml(spec),
    problem,
    touched,
    change: (part) =>
      setState((old) => ({
        base: old.base,
        draft: { ...old.draft, ...part },
        typed: null,
        problem: null,
        touched: true,
      })),
    write: (text) => setState((old) => written(old, text)),
    reset: (next, nextOwner) => setState(begun(next, nextOwner)),
  };
}

function begun(spec: Spec, owner: string): State {
  return { draft: draftOf(spec, owner), base: spec, typed: null, problem: null, touched: false };
}

function written(old: State, typed: string): State {
  const { spec, problem } = readYaml(typed);
  if (problem !== null) return { ...old, typed, problem, touched: true };
  const draft = { ...draftOf(spec, old.draft.owner), ...typedSecrets(old.draft) };
  return { draft, base: spec, typed, problem: null, touched: true };
}
