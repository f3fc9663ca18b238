import { Field, INPUT } from "@/components/ui/Field";
import type { Part } from "./BotForm";

export function VoiceFields({ draft, errors, change }: Part) {
  return (
    <>
      <Field label="Description" optional error={errors.description} hint="One line for the list.">
        {(described) => (
          <input
            {...described}
            className={INPUT}
            maxLength={200}
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
          />
        )}
      </Field>
      <Field label="Instructions" error={errors.instructions}>
        {(described) => (
          <textarea
            {...described}
            className={`${INPUT} field-sizing-content max-h-128 min-h-48 resize-y leading-6`}
            rows={9}
            value={draft.instructions}
            onChange={(event) => change({ instructions: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
