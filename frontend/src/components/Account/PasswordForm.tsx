import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/Button";
import { Field, INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { usePassword } from "@/hooks/use-users";

interface Props {
  name: string;
  /** One's own: whoever sets it stays signed in. */
  self: boolean;
  /** Whether the present one has to be given, where there is one. */
  asksOld: boolean;
}

/** As long as the API wants one to be. */
const SHORTEST = 10;

/** A new password of a user; it is sent once and kept nowhere on the page. */
export function PasswordForm({ name, self, asksOld }: Props) {
  const set = usePassword(self);
  const [password, setPassword] = useState("");
  const [old, setOld] = useState("");

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (password.length < SHORTEST || set.isPending) return;
    set.mutate(
      { name, password, old: old || null },
      {
        onSuccess: () => {
          setPassword("");
          setOld("");
        },
      },
    );
  }

  return (
    <form className="grid gap-4" onSubmit={submit}>
      {/* For who keeps passwords: whose this is. */}
      <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      {asksOld && (
        <Field label="Present password" optional hint="Leave it empty if you have none yet.">
          {(described) => (
            <input
              {...described}
              type="password"
              className={INPUT}
              autoComplete="current-password"
              value={old}
              onChange={(event) => setOld(event.target.value)}
            />
          )}
        </Field>
      )}
      <Field
        label="New password"
        hint={`At least ${SHORTEST} characters. It ends all other sessions of ${name}.`}
      >
        {(described) => (
          <input
            {...described}
            type="password"
            className={INPUT}
            autoComplete="new-password"
            minLength={SHORTEST}
            maxLength={256}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <ProblemNote error={set.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" busy={set.isPending} disabled={password.length < SHORTEST}>
          Set the password
        </Button>
        <span role="status" className="text-go text-sm">
          {set.isSuccess && !password && "It is set."}
        </span>
      </div>
    </form>
  );
}
