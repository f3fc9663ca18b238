import { type FormEvent, useState } from "react";
import type { User } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Field, INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { useChangeUser } from "@/hooks/use-users";

/** Under which address a user's commits are; an operator sets it. */
export function EmailForm({ user }: { user: User }) {
  const change = useChangeUser();
  const [email, setEmail] = useState(user.email ?? "");
  const changed = email.trim() !== (user.email ?? "");

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (changed && !change.isPending) change.mutate({ name: user.name, change: { email: email.trim() } });
  }

  return (
    <form className="grid gap-4" onSubmit={submit}>
      <Field label="Email" optional hint="Stands in the commits; nothing is sent there.">
        {(described) => (
          <input
            {...described}
            type="email"
            className={INPUT}
            autoComplete="email"
            maxLength={254}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <ProblemNote error={change.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" busy={change.isPending} disabled={!changed}>
          Save the email
        </Button>
        <span role="status" className="text-go text-sm">
          {change.isSuccess && !changed && "It is saved."}
        </span>
      </div>
    </form>
  );
}
