import type { Me } from "@/client/types";
import type { Draft } from "@/components/BotForm/draft";
import type { FieldErrors } from "@/components/BotForm/field-errors";
import { QuotaNote } from "@/components/Quota/QuotaNote";
import { Field, INPUT } from "@/components/ui/Field";

interface Props {
  draft: Draft;
  errors: FieldErrors;
  me: Me;
  change: (part: Partial<Draft>) => void;
}

export function NameFields({ draft, errors, me, change }: Props) {
  const owners = (me.owners ?? []).filter((owner) => owner.role !== "viewer").map((owner) => owner.name);
  const kind = me.owners?.find((owner) => owner.name === draft.owner)?.kind;
  const names = owners.includes(me.user.name) ? owners : [me.user.name, ...owners];
  return (
    <div className="grid gap-3">
      <div className="grid items-start gap-5 sm:grid-cols-[minmax(0,2fr)_minmax(0,5fr)] *:only:col-span-full">
        {names.length > 1 && (
          <Field label="Owner" error={errors.owner}>
            {(described) => (
              <select
                {...described}
                className={`${INPUT} truncate pr-8`}
                value={draft.owner}
                onChange={(event) => change({ owner: event.target.value })}
              >
                {names.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field label="Name" error={errors.name} hint="A letter first, then a–z, 0–9 and hyphens; at most 32.">
          {(described) => (
            <input
              {...described}
              className={`${INPUT} font-mono`}
              placeholder="support"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={draft.name}
              onChange={(event) => change({ name: event.target.value.toLowerCase().replace(/\s+/g, "-") })}
            />
          )}
        </Field>
      </div>
      <QuotaNote whose={{ kind: kind ?? "user", name: draft.owner }} me={me} />
    </div>
  );
}
