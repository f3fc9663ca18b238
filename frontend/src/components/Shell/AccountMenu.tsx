import type { Me } from "@/client/types";
import { Icon } from "@/components/ui/Icon";
import { Menu, MenuItem } from "@/components/ui/Menu";
import { useSignOut } from "@/hooks/use-me";
import { useNavigate } from "@/router";
import { PLACES } from "./places";

export function AccountMenu({ me }: { me: Me }) {
  const signOut = useSignOut();
  const navigate = useNavigate();
  return (
    <Menu
      label={`Account of ${me.user.name}`}
      trigger={
        <span className="flex items-center gap-2 px-2.5 text-sm">
          <Icon name="person" />
          <span className="hidden max-w-40 truncate sm:block">{me.user.name}</span>
        </span>
      }
    >
      <p className="px-3 pt-1.5 pb-2 text-faint text-sm">
        Signed in as <span className="font-medium text-ink">{me.user.name}</span>
      </p>
      {PLACES.filter((place) => !place.main).map(({ to, name, icon }) => (
        <MenuItem key={to} icon={icon} onClick={() => navigate(to)}>
          {name}
        </MenuItem>
      ))}
      <MenuItem icon="out" onClick={() => window.open("/api/v1/docs", "_blank", "noopener")}>
        API documentation
      </MenuItem>
      <MenuItem icon="lock" onClick={() => signOut.mutate()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
