import { createContext, use, useEffect, useRef, useState } from "react";
import { match, type Params } from "./match";
import { type Going, guardPlace, navigate, type Place, placeNow } from "./place";

export const Here = createContext<Place>(placeNow());
export const Found = createContext<Params>({});

export function useLocation(): Place {
  return use(Here);
}

export function useParams(): Params {
  return use(Found);
}

export function useMatch(pattern: string): Params | null {
  return match(pattern, use(Here).path);
}

export function useNavigate(): typeof navigate {
  return navigate;
}

/** What follows the `?`, and a way to change one name of it; an empty value takes it out. */
export function useSearchParams(): [URLSearchParams, (name: string, value: string, going?: Going) => void] {
  const { search } = use(Here);
  return [
    new URLSearchParams(search),
    (name, value, going) => {
      const now = placeNow();
      const next = new URLSearchParams(now.search);
      if (value) next.set(name, value);
      else next.delete(name);
      navigate(now.path + (next.size ? `?${next}` : ""), going);
    },
  ];
}

/** Holds up the moves that `holds` says, by their paths: the one held up can be made or dropped. */
export function useBlocker(
  holds: (from: string, to: string) => boolean,
): { proceed: () => void; reset: () => void } | null {
  const { path } = use(Here);
  const [held, setHeld] = useState<{ go: () => void } | null>(null);
  const asked = useRef(holds);
  asked.current = holds;
  useEffect(
    () =>
      guardPlace((to, go) => {
        const hold = asked.current(path, to);
        if (hold) setHeld({ go });
        return hold;
      }),
    [path],
  );
  if (!held) return null;
  const reset = () => setHeld(null);
  const proceed = () => {
    reset();
    held.go();
  };
  return { proceed, reset };
}
