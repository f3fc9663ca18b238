/** The little that this page asks of a router; a whole one would be a fifth of its script (decision 0039). */
import {
  type ComponentType,
  lazy,
  type ReactNode,
  startTransition,
  use,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Found, Here } from "./hooks";
import { match } from "./match";
import { navigate, type Place, placeNow, watchPlace } from "./place";

/** Holds the place for all inside. What was shown stays until what comes instead has been loaded. */
export function Router({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState(placeNow);
  // Before any effect of a page, which may lead elsewhere.
  useLayoutEffect(() => watchPlace(() => startTransition(() => setPlace(placeNow()))), []);
  useScroll(place);
  return <Here value={place}>{children}</Here>;
}

export interface Route {
  pattern: string;
  page: ComponentType;
}

/** The first of the routes that fits the place. */
export function Routes({ routes }: { routes: Route[] }) {
  const { path } = use(Here);
  const outer = use(Found);
  for (const { pattern, page: Page } of routes) {
    const params = match(pattern, path);
    if (params)
      return (
        <Found value={{ ...outer, ...params }}>
          <Page />
        </Found>
      );
  }
  return null;
}

/** A page that is loaded when it is wanted. */
export function later<Name extends string>(
  load: () => Promise<Record<Name, () => ReactNode>>,
  name: Name,
): ComponentType {
  return lazy(async () => {
    const page: ComponentType = (await load())[name];
    return { default: page };
  });
}

/** Leads elsewhere as soon as it is shown. */
export function Navigate({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}

/** How far each place was scrolled; the way back leads there again, and a new place begins at its top. */
const scrolled = new Map<string, number>();

function useScroll({ key }: Place): void {
  const shown = useRef(key);
  useLayoutEffect(() => {
    // What the page opens with is the browser's: it knows where a reload was.
    if (shown.current !== key) scrollTo(0, scrolled.get(key) ?? 0);
    shown.current = key;
    const keep = () => scrolled.set(key, scrollY);
    addEventListener("scroll", keep, { passive: true });
    return () => removeEventListener("scroll", keep);
  }, [key]);
}
