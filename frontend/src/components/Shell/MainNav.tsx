import { Icon } from "@/components/ui/Icon";
import { NavLink, useMatch } from "@/router";
import { PLACES } from "./places";

const MAIN = PLACES.filter((place) => place.main);

/** The places in the header of a desk. */
export function HeaderNav() {
  return (
    <nav aria-label="Botyard" className="ml-5 hidden h-full items-stretch gap-1 md:flex">
      {MAIN.map(({ to, name }) => (
        <NavLink
          key={to}
          to={to}
          end={to === "/"}
          className="-mb-px flex items-center rounded-t-md border-transparent border-y-2 border-t-transparent! px-2.5 text-faint text-sm no-underline transition hover:text-ink aria-[current=page]:border-ink aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {name}
        </NavLink>
      ))}
    </nav>
  );
}

/** The same in the thumb's reach on a phone. A bot has a bar of its own in this place. */
export function BottomNav() {
  const ofBot = useMatch("/bots/:bot/*") !== null;
  if (ofBot) return null;
  return (
    <>
      <div aria-hidden="true" className="h-14 shrink-0 md:hidden" />
      <nav
        aria-label="Botyard"
        className="fixed inset-x-0 bottom-0 z-20 flex border-line border-t bg-paper px-1 pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        {MAIN.map(({ to, name, icon }) => (
          <NavLink
            key={to}
            to={to}
            end={to === "/"}
            className="flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 rounded-md text-faint text-xs no-underline transition hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink"
          >
            <Icon name={icon} />
            {name}
          </NavLink>
        ))}
      </nav>
    </>
  );
}
