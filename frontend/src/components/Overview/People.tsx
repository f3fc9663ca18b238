import { useState } from "react";
import type { Bot, Person } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Confirm } from "@/components/ui/Confirm";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { type Admission, useAccess, useAdmission } from "@/hooks/use-access";

interface Props {
  bot: Bot;
  /** Whether to say so where nobody is in yet. */
  always?: boolean;
}

/** Who may talk to the bot in a messenger, and who asks to. */
export function People({ bot, always = false }: Props) {
  const { data: access } = useAccess(bot);
  const admission = useAdmission(bot.id);
  const [leaving, setLeaving] = useState<Person | null>(null);
  const people = access?.people ?? [];
  const requests = access?.requests ?? [];
  const nobody = people.length === 0 && requests.length === 0;
  if (!access || (nobody && !always)) return null;
  const decide = (change: Admission) => admission.mutate(change);
  return (
    <Card title="People">
      {nobody && <p className="px-4 py-4 text-faint sm:px-5">Nobody has been let in yet.</p>}
      <ul className="divide-y divide-line">
        {requests.map((person) => (
          <Row key={person.sender} person={person} note="asks to talk to it">
            <Button
              size="small"
              look="solid"
              busy={admission.isPending}
              onClick={() => decide({ sender: person.sender, admit: true })}
            >
              Let in
            </Button>
          </Row>
        ))}
        {people.map((person) => (
          <Row key={person.sender} person={person} note={person.role}>
            <Button
              size="small"
              look="quiet"
              className="-mr-3"
              onClick={() => {
                admission.reset();
                setLeaving(person);
              }}
            >
              Shut out
            </Button>
          </Row>
        ))}
      </ul>
      {leaving && (
        <Confirm
          open
          danger
          title={`Shut out ${leaving.name || leaving.sender}?`}
          verb="Shut out"
          busy={admission.isPending}
          error={admission.error}
          onClose={() => setLeaving(null)}
          onConfirm={() =>
            admission.mutate({ sender: leaving.sender, admit: false }, { onSuccess: () => setLeaving(null) })
          }
        >
          <p>
            The bot answers them no more. On its page Access they are let in again by{" "}
            <span className="font-mono">{leaving.sender}</span>.
          </p>
        </Confirm>
      )}
      {admission.error && !leaving && (
        <div className="p-4 sm:p-5">
          <ProblemNote error={admission.error} />
        </div>
      )}
    </Card>
  );
}

function Row({ person, note, children }: { person: Person; note: string; children: React.ReactNode }) {
  return (
    <li className="flex items-center gap-3 px-4 py-3 sm:px-5">
      <div className="min-w-0 grow">
        <p className="truncate font-medium">{person.name || person.sender}</p>
        <p className="truncate text-faint text-sm">
          {note} · <span className="font-mono">{person.sender}</span>
        </p>
      </div>
      {children}
    </li>
  );
}
