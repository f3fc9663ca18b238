import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Field, INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Toggle } from "@/components/ui/Toggle";
import { useMakeTeam } from "@/hooks/use-teams";
import { useNavigate } from "@/router";

/** A new team, whose first owner is who makes it. */
export function MakeTeam({ operator }: { operator: boolean }) {
  const make = useMakeTeam();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [takeOver, setTakeOver] = useState(false);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!name.trim() || make.isPending) return;
    make.mutate(
      { name: name.trim(), take_over: takeOver },
      { onSuccess: (team) => navigate(`/teams/${team.name}`) },
    );
  }

  return (
    <Card title="New team">
      <form className="grid gap-4 p-5" onSubmit={submit}>
        <Field label="Name" hint="Owns bots as name.bot. You become its owner.">
          {(described) => (
            <input
              {...described}
              className={INPUT}
              required
              maxLength={32}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        {operator && (
          <Toggle
            label="Take over bots"
            hint="Those that bear this name on main already."
            on={takeOver}
            onChange={setTakeOver}
          />
        )}
        <ProblemNote error={make.error} />
        <div>
          <Button type="submit" look="solid" busy={make.isPending}>
            Make the team
          </Button>
        </div>
      </form>
    </Card>
  );
}
