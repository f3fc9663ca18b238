import { MakeTeam } from "@/components/Teams/MakeTeam";
import { TeamRow } from "@/components/Teams/TeamRow";
import { Listing } from "@/components/ui/Listing";
import { PageHead } from "@/components/ui/PageHead";
import { useMe } from "@/hooks/use-me";
import { useTeams } from "@/hooks/use-teams";
import { useTitle } from "@/hooks/use-title";

export function TeamsPage() {
  useTitle("Teams");
  const teams = useTeams();
  const me = useMe().data?.user;
  return (
    <div className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <PageHead title="Teams">Bots that several people look after together.</PageHead>
      <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid grid-cols-1 gap-5">
          <Listing
            label="Teams"
            query={teams}
            empty="You are in no team yet."
            row={(team) => <TeamRow team={team} me={me?.name ?? ""} />}
          />
        </div>
        {/* Not before the list, which would push it away on a narrow screen. */}
        {!teams.isPending && <MakeTeam operator={me?.operator === true} />}
      </div>
    </div>
  );
}
