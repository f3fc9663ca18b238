import { Choice } from "@/components/ui/Choice";
import { Field, FieldError, INPUT } from "@/components/ui/Field";
import type { Part } from "./BotForm";

const POLICIES = [
  { value: "pairing", title: "Pairing", hint: "You first, by a link; whoever you let in after you." },
  { value: "allowlist", title: "Only these people", hint: "A list of ids, kept in the bot’s file." },
  { value: "open", title: "Everybody", hint: "Whoever finds it may talk to it, and spends its budget." },
];

export function AccessFields({ draft, errors, change }: Part) {
  return (
    <>
      <Choice
        legend="Who may talk"
        name="policy"
        value={draft.policy}
        options={POLICIES}
        onChange={(policy) => change({ policy })}
      />
      {errors.policy && <FieldError>{errors.policy}</FieldError>}
      {draft.policy === "allowlist" && (
        <Field label="People" error={errors.allow} hint="One a line, such as telegram:1234567.">
          {(described) => (
            <textarea
              {...described}
              className={`${INPUT} font-mono`}
              rows={3}
              value={draft.allow}
              onChange={(event) => change({ allow: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}
