import { Icon, type IconName } from "@/components/ui/Icon";
import { Menu, MenuItem } from "@/components/ui/Menu";
import { NavLink, useMatch, useNavigate } from "@/router";

interface Tab {
  to: string;
  icon: IconName;
  name: string;
  /** Behind “More” on a phone, whose bar has room for five. */
  seldom?: boolean;
}

const TABS: Tab[] = [
  { to: "", icon: "overview", name: "Overview" },
  { to: "chat", icon: "chat", name: "Chat" },
  { to: "conversations", icon: "talks", name: "Conversations", seldom: true },
  { to: "logs", icon: "logs", name: "Logs" },
  { to: "history", icon: "history", name: "History", seldom: true },
  { to: "access", icon: "people", name: "Access", seldom: true },
  { to: "secrets", icon: "key", name: "Secrets", seldom: true },
  { to: "settings", icon: "settings", name: "Settings" },
];
const SELDOM = TABS.filter((tab) => tab.seldom);
const LOOK =
  "flex min-h-14 flex-auto basis-12 flex-col items-center justify-center gap-0.5 rounded-md text-faint text-xs no-underline transition hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink md:-mb-px md:min-h-10 md:flex-none md:rounded-b-none md:border-transparent md:border-b-2 md:px-2.5 md:text-base md:aria-[current=page]:border-ink";

/** Tabs under the header on a desk; on a phone a bar at the bottom, in the thumb's reach. */
export function BotTabs({ id }: { id: string }) {
  return (
    <nav
      aria-label="Bot"
      className="fixed inset-x-0 bottom-0 z-20 flex border-line border-t bg-paper px-1 pb-[env(safe-area-inset-bottom)] md:static md:gap-0.5 md:border-t-0 md:border-b md:bg-transparent md:px-0"
    >
      {TABS.map(({ to, icon, name, seldom }) => (
        <NavLink
          key={name}
          to={`/bots/${id}${to && `/${to}`}`}
          end={to !== "conversations"}
          className={`${LOOK} ${seldom ? "max-md:hidden" : ""}`}
        >
          <Icon name={icon} className="size-5 md:hidden" />
          {name}
        </NavLink>
      ))}
      <More id={id} />
    </nav>
  );
}

function More({ id }: { id: string }) {
  const navigate = useNavigate();
  const tab = useMatch("/bots/:bot/:tab/*")?.tab;
  const here = SELDOM.find(({ to }) => to === tab);
  return (
    <div className="grid flex-auto basis-12 md:hidden">
      <Menu
        label={here ? `More: ${here.name}` : "More"}
        above
        shape={`${LOOK} w-full ${here ? "font-medium text-ink" : ""}`}
        trigger={
          <>
            <Icon name={here?.icon ?? "more"} className="size-5" />
            {here?.name ?? "More"}
          </>
        }
      >
        {SELDOM.map(({ to, icon, name }) => (
          <MenuItem key={to} icon={icon} onClick={() => navigate(`/bots/${id}/${to}`)}>
            {name}
          </MenuItem>
        ))}
      </Menu>
    </div>
  );
}
