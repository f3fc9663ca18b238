import { useState } from "react";
import type { Member, Team } from "@/client/types";
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
  const [leaving, setLeaving] = useState<Member | null>(null);
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
                  disabled={change.isPending}
                  onChange={(event) =>
                    change.mutate({ user: member.user, role: event.target.value as RoleName })
                  }
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
                  onClick={() => {
                    change.reset();
                    setLeaving(member);
                  }}
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
      {change.error && !leaving && (
        <div className="px-5 pb-4">
          <ProblemNote error={change.error} />
        </div>
      )}
      {manages && <AddMember team={team} />}
      {leaving && (
        <Confirm
          open
          danger
          title={`Take ${leaving.user} out of ${team.name}?`}
          verb="Take out"
          busy={change.isPending}
          error={change.error}
          onClose={() => setLeaving(null)}
          onConfirm={() =>
            change.mutate({ user: leaving.user, role: null }, { onSuccess: () => setLeaving(null) })
          }
        >
          <p>They see the team’s bots no more. The bots go on, and you can take them in again.</p>
        </Confirm>
      )}
    </Card>
  );
}
