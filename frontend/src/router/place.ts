/** Where the page is: an address in the fragment (`/#/bots/al.hello?…`), with what its place in the history holds. */
export interface Place {
  path: string;
  search: string;
  state: unknown;
  /** Differs for each place in the history that the page itself has made. */
  key: string;
}

interface Held {
  state: unknown;
  key: string;
  /** How many places of the page lie before it in the history. */
  at: number;
}

/** Hears of each move before it is made: `go` makes it, now or later. True holds it up. */
type Guard = (path: string, go: () => void) => boolean;

const listeners = new Set<() => void>();
let guard: Guard | null = null;
let at = held()?.at ?? 0;
/** The browser's own move is on its way back, or was asked about and may pass. */
let expected: "back" | "pass" | null = null;

function held(): Held | null {
  return history.state as Held | null;
}

export function placeNow(): Place {
  return { ...parts(location.hash.slice(1)), state: held()?.state ?? null, key: held()?.key ?? "" };
}

function parts(address: string): { path: string; search: string } {
  const [path, ...search] = address.split("?");
  return { path: path || "/", search: search.join("?") };
}

export interface Going {
  /** Takes the place of the present one, to which the way back then does not lead. */
  replace?: boolean;
  state?: unknown;
}

/** Goes to an address such as `/bots/al.hello`. */
export function navigate(to: string, { replace = false, state = null }: Going = {}): void {
  function go(): void {
    const next: Held = { state, key: String(Math.random()), at: replace ? at : at + 1 };
    if (replace) history.replaceState(next, "", `#${to}`);
    else history.pushState(next, "", `#${to}`);
    arrive();
  }
  if (!guard?.(parts(to).path, go)) go();
}

/** The browser's buttons and its address bar have moved already; what is held up goes back first. */
function popped(): void {
  const by = (held()?.at ?? at + 1) - at || 1;
  const was = expected;
  expected = null;
  if (was === "back") return;
  const pass = () => {
    expected = "pass";
    history.go(by);
  };
  if (was !== "pass" && guard?.(placeNow().path, pass)) {
    expected = "back";
    history.go(-by);
  } else arrive();
}

function arrive(): void {
  // Who types an address makes a place that holds nothing yet.
  if (!held()) history.replaceState({ state: null, key: String(Math.random()), at: at + 1 }, "");
  at = held()?.at ?? 0;
  for (const listener of listeners) listener();
}

/** Calls back after each move, by the page or by the browser's own buttons and address bar. */
export function watchPlace(moved: () => void): () => void {
  if (!held()) history.replaceState({ state: null, key: "", at: 0 }, "");
  if (listeners.size === 0) addEventListener("popstate", popped);
  listeners.add(moved);
  return () => {
    listeners.delete(moved);
    if (listeners.size === 0) removeEventListener("popstate", popped);
  };
}

/** Has the guard asked before each move, until the returned function is called. */
export function guardPlace(asked: Guard): () => void {
  guard = asked;
  return () => {
    if (guard === asked) guard = null;
  };
}
