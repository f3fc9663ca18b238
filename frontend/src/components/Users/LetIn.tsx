import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Field, INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Toggle } from "@/components/ui/Toggle";
import { useLetIn } from "@/hooks/use-users";

/** Lets a person in; their first sign-in is by a link from the list below. */
export function LetIn() {
  const letIn = useLetIn();
  const [operator, setOperator] = useState(false);

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    letIn.mutate(
      { name: String(data.get("name")), email: String(data.get("email") ?? ""), operator },
      {
        onSuccess: () => {
          form.reset();
          setOperator(false);
        },
      },
    );
  }

  return (
    <Card title="Let a person in">
      <form className="grid gap-4 p-4 sm:p-5" onSubmit={submit}>
        <div className="grid gap-4 sm:max-md:grid-cols-2">
          <Field label="Name" hint="Owns bots as name.bot.">
            {(described) => (
              <input
                {...described}
                name="name"
                required
                maxLength={32}
                autoCapitalize="off"
                spellCheck={false}
                className={INPUT}
              />
            )}
          </Field>
          <Field label="Email" optional hint="Stands in their commits.">
            {(described) => <input {...described} name="email" type="email" className={INPUT} />}
          </Field>
        </div>
        <Toggle
          label="Operator"
          hint="Sees and changes everything, of everybody."
          on={operator}
          onChange={setOperator}
        />
        <ProblemNote error={letIn.error} />
        <div>
          <Button type="submit" look="solid" busy={letIn.isPending}>
            Let in
          </Button>
        </div>
      </form>
    </Card>
  );
}
