import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { useLocation } from "./hooks";
import { navigate } from "./place";

export interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  to: string;
}

/** A link within the page; with a key held it does what the browser does with any link. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  function follow(event: MouseEvent<HTMLAnchorElement>): void {
    onClick?.(event);
    const own = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
    if (own || event.defaultPrevented || rest.target) return;
    event.preventDefault();
    navigate(to, { replace: location.hash === `#${to}` });
  }
  return <a {...rest} href={`#${to}`} onClick={follow} />;
}

/** The same, marked while its page or, without `end`, one below is shown. */
export function NavLink({ end = false, ...link }: LinkProps & { end?: boolean }) {
  const { path } = useLocation();
  const here = path === link.to || (!end && path.startsWith(`${link.to}/`));
  return <Link {...link} aria-current={here ? "page" : undefined} />;
}
