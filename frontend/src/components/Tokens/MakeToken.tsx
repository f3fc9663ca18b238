import { type FormEvent, useState } from "react";
import type { NewToken } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { CopyButton } from "@/components/ui/CopyButton";
import { Field, INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { useMakeToken } from "@/hooks/use-tokens";

type Scope = NewToken["scopes"][number];
const SCOPES: Record<Scope, string> = {
  "bots:read": "See bots",
  "bots:write": "Deploy, change and delete bots",
  "git:read": "Clone the fleet repository",
  "git:write": "Push to it",
  admin: "Users, teams and tokens",
};
const USUAL: Scope[] = ["bots:read", "bots:write"];
const DAYS = { "": "never", "7": "in 7 days", "30": "in 30 days", "90": "in 90 days", "365": "in a year" };

/** Makes a token and shows it, once. */
export function MakeToken() {
  const make = useMakeToken();
  const [scopes, setScopes] = useState<Scope[]>(USUAL);

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const days = Number(form.get("days"));
    make.mutate({ name: String(form.get("name")), scopes, expires_in_days: days || null });
  }

  return (
    <Card title="New token">
      <form className="grid gap-4 p-4 sm:p-5" onSubmit={submit}>
        <div className="grid gap-4 sm:max-md:grid-cols-2">
          <Field label="Name">
            {(described) => (
              <input
                {...described}
                name="name"
                required
                maxLength={100}
                placeholder="laptop"
                className={INPUT}
              />
            )}
          </Field>
          <Field label="Ends">
            {(described) => (
              <select {...described} name="days" defaultValue="90" className={`${INPUT} pr-8`}>
                {Object.entries(DAYS).map(([days, word]) => (
                  <option key={days} value={days}>
                    {word}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <fieldset className="grid gap-2">
          <legend className="mb-1.5 font-medium text-sm">It may</legend>
          {(Object.entries(SCOPES) as [Scope, string][]).map(([scope, word]) => (
            <label key={scope} className="flex w-fit cursor-pointer items-start gap-2.5">
              <input
                type="checkbox"
                className="mt-0.75 size-4.5 shrink-0 accent-ink"
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes(
                    event.target.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope),
                  )
                }
              />
              <span>
                {word} <code className="font-mono text-faint text-sm">{scope}</code>
              </span>
            </label>
          ))}
        </fieldset>
        <ProblemNote error={make.error} />
        <div>
          <Button type="submit" look="solid" busy={make.isPending} disabled={scopes.length === 0}>
            Make the token
          </Button>
        </div>
        {make.data && (
          <div role="status" className="grid animate-rise gap-1 rounded-lg bg-go-wash px-4 py-3">
            <p className="font-medium">Copy it now: it is not shown again.</p>
            <p className="flex items-center gap-2">
              <code className="min-w-0 break-all font-mono text-sm">{make.data.token}</code>
              <CopyButton text={make.data.token} label="Copy the token" />
            </p>
          </div>
        )}
      </form>
    </Card>
  );
}
