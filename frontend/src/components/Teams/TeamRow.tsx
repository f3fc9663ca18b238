import type { Team } from "@/client/types";
import { Icon } from "@/components/ui/Icon";
import { Link } from "@/router";

/** A team and who is in it, on the way to its own page. */
export function TeamRow({ team, me }: { team: Team; me: string }) {
  const own = team.members.find((member) => member.user === me)?.role;
  return (
    <Link
      to={`/teams/${team.name}`}
      className="flex items-center gap-3 px-4 py-3.5 no-underline transition hover:bg-sunk/60 sm:px-5"
    >
      <div className="min-w-0 grow">
        <p className="truncate font-medium">{team.name}</p>
        <p className="truncate text-faint text-sm">
          {team.members.length === 0
            ? "operators only"
            : team.members.map((member) => member.user).join(", ")}
        </p>
      </div>
      {own && <span className="shrink-0 text-faint text-sm">{own}</span>}
      <Icon name="right" className="text-faint" />
    </Link>
  );
}
