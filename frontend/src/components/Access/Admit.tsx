import { type FormEvent, useState } from "react";
import { ApiError } from "@/client/problem";
import type { Bot } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Field, INPUT } from "@/components/ui/Field";
import { messengersUp, useAdmission } from "@/hooks/use-access";

/** Lets somebody in by their id, before they have asked. */
export function Admit({ bot }: { bot: Bot }) {
  const admission = useAdmission(bot.id);
  const [sender, setSender] = useState("");
  if ((bot.spec.access?.policy ?? "pairing") !== "pairing" || messengersUp(bot).length === 0) return null;
  const { error } = admission;
  const wrong = error instanceof ApiError ? (error.fields[0]?.detail ?? error.message) : error?.message;
  function submit(event: FormEvent): void {
    event.preventDefault();
    admission.mutate({ sender: sender.trim(), admit: true }, { onSuccess: () => setSender("") });
  }
  return (
    <form onSubmit={submit} noValidate>
      <Field label="Let somebody in by their id" error={wrong} hint="Such as telegram:1234567.">
        {(described) => (
          <div className="flex gap-2">
            <input
              {...described}
              className={`${INPUT} font-mono`}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={sender}
              onChange={(event) => setSender(event.target.value)}
            />
            <Button type="submit" busy={admission.isPending} disabled={!sender.trim()}>
              Let in
            </Button>
          </div>
        )}
      </Field>
    </form>
  );
}
