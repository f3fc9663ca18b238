import type { ReactNode } from "react";
import type { Bot } from "@/client/types";
import { Sparkline } from "@/components/BotList/Sparkline";
import { Card } from "@/components/ui/Card";
import { CopyButton } from "@/components/ui/CopyButton";
import { Icon } from "@/components/ui/Icon";
import { modelLabel } from "@/components/ui/model-label";
import { Time } from "@/components/ui/Time";
import { Link } from "@/router";

export function Facts({ bot }: { bot: Bot }) {
  const { commit, webhook_url: webhook } = bot.status;
  const secrets = Object.entries(bot.secrets ?? {});
  return (
    <Card title="About">
      <dl className="divide-y divide-line">
        <Fact term="Instructions">
          <Link
            to={`/bots/${bot.id}/settings`}
            className="line-clamp-3 whitespace-pre-line no-underline hover:underline"
          >
            {bot.spec.instructions}
          </Link>
        </Fact>
        <Fact term="Model">{modelLabel(bot.spec.model)}</Fact>
        <Fact term="Activity">
          <Activity bot={bot} />
        </Fact>
        {commit && (
          <Fact term="Commit">
            <Link
              to={`/bots/${bot.id}/history`}
              className="font-mono underline decoration-edge underline-offset-4"
            >
              {commit.slice(0, 10)}
            </Link>
          </Fact>
        )}
        <Fact term="Webhook">
          {webhook ? (
            <span className="flex min-w-0 items-center gap-1">
              <span className="truncate font-mono text-sm">{webhook}</span>
              <CopyButton text={webhook} label="Copy the webhook URL" className="-my-1" />
            </span>
          ) : (
            <span className="text-faint">Not needed: messages are fetched.</span>
          )}
        </Fact>
        <Fact term="Secrets">
          {secrets.length === 0 && <span className="text-faint">None</span>}
          <ul className="grid gap-1">
            {secrets.map(([name, secret]) => (
              <li key={name} className="flex flex-wrap items-center gap-y-1 gap-x-2">
                <Icon
                  name={secret.set ? "lock" : "warn"}
                  className={`size-4 ${secret.set ? "text-faint" : "text-stop"}`}
                />
                <span className="break-all font-mono text-sm">{name}</span>
                <span className="text-faint text-sm">
                  {!secret.set
                    ? "is not set"
                    : secret.changed_at && (
                        <>
                          set <Time at={secret.changed_at} />
                        </>
                      )}
                </span>
              </li>
            ))}
          </ul>
        </Fact>
      </dl>
    </Card>
  );
}

function Activity({ bot }: { bot: Bot }) {
  const { turns, last_at: last } = bot.activity;
  const all = turns.reduce((sum, each) => sum + each, 0);
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Sparkline turns={turns} />
      <span className="text-faint text-sm">
        {all === 1 ? "1 answer" : `${all} answers`} in {turns.length} days
        {last && (
          <>
            {", the last "}
            <Time at={last} />
          </>
        )}
      </span>
    </span>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="grid gap-1 px-4 py-3 sm:px-5 sm:grid-cols-[7.5rem_minmax(0,1fr)]">
      <dt className="text-faint">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}
