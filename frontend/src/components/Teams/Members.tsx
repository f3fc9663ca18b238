import { useState } from "react";
import type { Team } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Confirm } from "@/components/ui/Confirm";
import { INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { useMember } from "@/hooks/use-teams";
import { AddMember } from "./AddMember";
import { ROLES, type RoleName } from "./roles";

/** Who is in a team, and as what; its owners take people in and out. */
export function Members({ team, manages, me }: { team: Team; manages: boolean; me: string }) {
  const change = useMember(team.name);
  const [asked, setAsked] = useState<Asked | null>(null);
  function ask(next: Asked): void {
    if (change.isPending) return;
    change.reset();
    setAsked(next);
  }
  /** Another's role is changed at once; one's own is what one may lose, so that is asked first. */
  function give(user: string, role: RoleName): void {
    if (user === me) ask({ user, role });
    else if (!change.isPending) change.mutate({ user, role });
  }
  return (
    <Card title="Members">
      {team.members.length === 0 && (
        <p className="border-line border-b px-5 py-4 text-faint">
          Nobody is in it; its bots are the operators’ to look after.
        </p>
      )}
      <ul aria-label="Members" className="divide-y divide-line">
        {team.members.map((member) => (
          <li key={member.user} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-5 py-3">
            <p className="min-w-0 grow truncate font-medium">
              {member.user}
              {member.user === me && <span className="font-normal text-faint"> · you</span>}
            </p>
            {manages ? (
              <>
                <select
                  aria-label={`Role of ${member.user}`}
                  className={`${INPUT} w-auto pr-8`}
                  value={member.role}
                  onChange={(event) => give(member.user, event.target.value as RoleName)}
                >
                  {Object.keys(ROLES).map((role) => (
                    <option key={role}>{role}</option>
                  ))}
                </select>
                <Button
                  look="quiet"
                  size="small"
                  aria-label={`Take out ${member.user}`}
                  className="-mr-3"
                  onClick={() => ask({ user: member.user, role: null })}
                >
                  Take out
                </Button>
              </>
            ) : (
              <span className="text-faint text-sm">{member.role}</span>
            )}
          </li>
        ))}
      </ul>
      {change.error && !asked && (
        <div className="px-5 pb-4">
          <ProblemNote error={change.error} />
        </div>
      )}
      {manages && <AddMember team={team} />}
      {asked && (
        <Confirm
          open
          danger={asked.role === null}
          {...words(asked, team, me)}
          busy={change.isPending}
          error={change.error}
          onClose={() => {
            change.reset();
            setAsked(null);
          }}
          onConfirm={() => change.mutate(asked, { onSuccess: () => setAsked(null) })}
        />
      )}
    </Card>
  );
}

/** A change that waits for a yes; no role takes the member out. */
type Asked = { user: string; role: RoleName | null };

function words({ user, role }: Asked, team: Team, me: string) {
  if (role !== null)
    return {
      title: `Make yourself ${role} of ${team.name}?`,
      verb: "Change my role",
      children: <p>{OWN_ROLE[role]}</p>,
    };
  const verb = "Take out";
  if (user !== me)
    return {
      title: `Take ${user} out of ${team.name}?`,
      verb,
      children: <p>They see the team’s bots no more. The bots go on, and you can take them in again.</p>,
    };
  return {
    title: `Take yourself out of ${team.name}?`,
    verb,
    children: (
      <p>
        What you may do as its member ends. The bots go on; an owner of the team or an operator can take you
        in again.
      </p>
    ),
  };
}

const BACK = "Only an owner of the team or an operator can change that again.";

const OWN_ROLE: Record<RoleName, string> = {
  viewer: `A viewer looks at its bots, and changes neither them nor who is in it. ${BACK}`,
  editor: `An editor changes its bots, and not who is in it. ${BACK}`,
  owner: "An owner changes its bots, and takes people in and out.",
};
