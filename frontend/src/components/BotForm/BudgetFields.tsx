import { Field, INPUT } from "@/components/ui/Field";
import type { Part } from "./BotForm";

export function BudgetFields({ draft, errors, change }: Part) {
  return (
    <div className="grid items-start gap-5 sm:grid-cols-2">
      <Field label="Dollars a day" error={errors.usdPerDay} hint="What the model may cost in a day, by UTC.">
        {(described) => (
          <input
            {...described}
            className={INPUT}
            inputMode="decimal"
            placeholder="1"
            value={draft.usdPerDay}
            onChange={(event) => change({ usdPerDay: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Questions a person and hour"
        error={errors.turnsPerHour}
        hint="So that one cannot use it up."
      >
        {(described) => (
          <input
            {...described}
            className={INPUT}
            inputMode="numeric"
            placeholder="60"
            value={draft.turnsPerHour}
            onChange={(event) => change({ turnsPerHour: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
