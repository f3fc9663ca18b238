import { NavLink } from "react-router";
import { Icon, type IconName } from "@/components/ui/Icon";

const TABS: { to: string; icon: IconName; name: string }[] = [
  { to: "", icon: "overview", name: "Overview" },
  { to: "chat", icon: "chat", name: "Chat" },
  { to: "history", icon: "history", name: "History" },
  { to: "logs", icon: "logs", name: "Logs" },
  { to: "settings", icon: "settings", name: "Settings" },
];

/** Tabs under the header on a desk; on a phone a bar at the bottom, in the thumb's reach. */
export function BotTabs({ id }: { id: string }) {
  return (
    <nav
      aria-label="Bot"
      className="fixed inset-x-0 bottom-0 z-20 flex border-line border-t bg-paper px-1 pb-[env(safe-area-inset-bottom)] md:static md:gap-1 md:border-t-0 md:border-b md:bg-transparent md:px-0"
    >
      {TABS.map(({ to, icon, name }) => (
        <NavLink
          key={name}
          to={`/bots/${id}${to && `/${to}`}`}
          end
          className="group flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 rounded-md text-faint text-xs no-underline transition hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink md:-mb-px md:min-h-10 md:flex-none md:rounded-b-none md:border-transparent md:border-b-2 md:px-3 md:text-base md:aria-[current=page]:border-ink"
        >
          <Icon name={icon} className="size-5 md:hidden" />
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
