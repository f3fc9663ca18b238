import { type FormEvent, useState } from "react";
import type { Team } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Field, INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { useMember } from "@/hooks/use-teams";
import { ROLES, type RoleName } from "./roles";

/** Takes somebody in who may sign in here already. */
export function AddMember({ team }: { team: Team }) {
  const add = useMember(team.name);
  const [user, setUser] = useState("");
  const [role, setRole] = useState<RoleName>("viewer");

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (user.trim() && !add.isPending)
      add.mutate({ user: user.trim(), role }, { onSuccess: () => setUser("") });
  }

  return (
    <form className="grid gap-4 border-line border-t p-5" onSubmit={submit}>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field label="User" hint="By the name they sign in with.">
          {(described) => (
            <input
              {...described}
              className={INPUT}
              required
              maxLength={32}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={user}
              onChange={(event) => setUser(event.target.value)}
            />
          )}
        </Field>
        <Field label="Role">
          {(described) => (
            <select
              {...described}
              className={`${INPUT} pr-8`}
              value={role}
              onChange={(event) => setRole(event.target.value as RoleName)}
            >
              {Object.entries(ROLES).map(([each, may]) => (
                <option key={each} value={each}>
                  {each}: {may}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <ProblemNote error={add.error} />
      <div>
        <Button type="submit" look="solid" busy={add.isPending}>
          Take in
        </Button>
      </div>
    </form>
  );
}
