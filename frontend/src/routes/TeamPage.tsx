import { QuotaCard } from "@/components/Quota/QuotaCard";
import { Members } from "@/components/Teams/Members";
import { BackLink } from "@/components/ui/BackLink";
import { ButtonLink } from "@/components/ui/Button";
import { Empty } from "@/components/ui/Empty";
import { PageHead } from "@/components/ui/PageHead";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useMe } from "@/hooks/use-me";
import { useTeam } from "@/hooks/use-teams";
import { useTitle } from "@/hooks/use-title";
import { useParams } from "@/router";

export function TeamPage() {
  const { team: name = "" } = useParams();
  useTitle(name);
  const { data: team, error } = useTeam(name);
  const me = useMe().data?.user;
  if (error)
    return (
      <Empty title="This team cannot be shown" action={<ButtonLink to="/teams">All teams</ButtonLink>}>
        {error.message}
      </Empty>
    );
  if (!team || !me)
    return (
      <Loading what="the team">
        <Skeleton className="mt-10 h-96 w-full rounded-xl" />
      </Loading>
    );
  const role = team.members.find((member) => member.user === me.name)?.role;
  return (
    <div key={team.name} className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <div className="grid gap-1">
        <BackLink to="/teams">Teams</BackLink>
        <PageHead title={team.name}>
          Its bots are <span className="font-mono">{team.name}.…</span>
        </PageHead>
      </div>
      <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-[minmax(0,1fr)_24rem]">
        <Members team={team} manages={me.operator || role === "owner"} me={me.name} />
        <QuotaCard whose={{ kind: "team", name: team.name }} operator={me.operator} />
      </div>
    </div>
  );
}
