import { type FormEvent, useState } from "react";
import { ApiError } from "@/client/problem";
import type { OwnerQuota } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Field, INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { useSetQuota, type Whose } from "@/hooks/use-quota";
import { MEASURES, quotaOf } from "./measures";

interface Props {
  whose: Whose;
  quota: OwnerQuota;
  onDone: () => void;
}

/** All limits of an owner at once; they are committed to `owner.yaml`. */
export function QuotaForm({ whose, quota, onDone }: Props) {
  const set = useSetQuota(whose);
  const [typed, setTyped] = useState<Record<string, string>>(() =>
    Object.fromEntries(MEASURES.map(({ key }) => [key, String(quota.quota[key] ?? "")])),
  );
  const wrong = new Map(
    set.error instanceof ApiError
      ? set.error.fields.map(({ pointer, detail }) => [pointer.split("/").pop(), detail])
      : [],
  );

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!set.isPending) set.mutate(quotaOf(typed), { onSuccess: onDone });
  }

  return (
    <form className="grid gap-4 p-5" onSubmit={submit} noValidate>
      <p className="text-soft text-sm">Leave empty what has no limit. It is a commit to owner.yaml.</p>
      <div className="grid gap-4 sm:grid-cols-2">
        {MEASURES.map(({ key, name, hint }) => (
          <Field key={key} label={name} hint={hint} error={wrong.get(key)}>
            {(described) => (
              <input
                {...described}
                className={`${INPUT} font-mono`}
                autoComplete="off"
                spellCheck={false}
                placeholder="no limit"
                value={typed[key] ?? ""}
                onChange={(event) => setTyped((old) => ({ ...old, [key]: event.target.value }))}
              />
            )}
          </Field>
        ))}
      </div>
      <ProblemNote error={set.error} />
      <div className="flex gap-2">
        <Button type="submit" look="solid" busy={set.isPending}>
          Commit the quota
        </Button>
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
