import { Field, INPUT } from "@/components/ui/Field";
import { Toggle } from "@/components/ui/Toggle";
import type { Part } from "./BotForm";
import { DiscordCheck } from "./DiscordCheck";
import { tokenName } from "./draft";
import { SecretField } from "./SecretField";
import { TokenCheck } from "./TokenCheck";

const BY_TOKEN =
  "In Telegram, send /newbot to @BotFather and paste the token it gives you. It is sealed before it is stored.";
const BY_TAP =
  "Leave it empty to name the bot in Telegram by a tap on a link, or paste the token of one that you have.";

export function ChannelFields({ draft, errors, base, set, byTap = false, change }: Part) {
  return (
    <div className="divide-y divide-line rounded-md border border-edge/50 bg-paper shadow-card">
      <div className="grid gap-4 p-3.5">
        <Toggle
          label="Public web chat"
          hint="On this page it is there for you and your team anyway; this is for everybody who has the link."
          on={draft.webPublic}
          onChange={(webPublic) => change({ webPublic })}
        />
        {draft.webPublic && (
          <div className="animate-rise">
            <Field
              label="Sites that may show it"
              optional
              error={errors.webOrigins}
              hint="One a line. Without one it is a page of its own only."
            >
              {(described) => (
                <textarea
                  {...described}
                  className={`${INPUT} font-mono`}
                  rows={2}
                  placeholder="https://www.example.com"
                  spellCheck={false}
                  value={draft.webOrigins}
                  onChange={(event) => change({ webOrigins: event.target.value })}
                />
              )}
            </Field>
          </div>
        )}
      </div>
      <div className="grid gap-4 p-3.5">
        <Toggle
          label="Telegram"
          hint="A bot of your own that people write to."
          on={draft.telegram}
          onChange={(telegram) => change({ telegram })}
        />
        {draft.telegram && (
          <div className="grid animate-rise gap-2">
            <SecretField
              label="Telegram token"
              name={tokenName(base, "telegram")}
              set={set.has(tokenName(base, "telegram"))}
              error={errors.telegramToken}
              value={draft.telegramToken}
              hint={byTap ? BY_TAP : BY_TOKEN}
              onChange={(telegramToken) => change({ telegramToken })}
            />
            <TokenCheck token={draft.telegramToken} />
          </div>
        )}
      </div>
      <div className="grid gap-4 p-3.5">
        <Toggle
          label="Discord"
          hint="An application of your own, in servers and in direct messages."
          on={draft.discord}
          onChange={(discord) => change({ discord })}
        />
        {draft.discord && (
          <div className="grid animate-rise gap-2">
            <SecretField
              label="Discord token"
              name={tokenName(base, "discord")}
              set={set.has(tokenName(base, "discord"))}
              error={errors.discordToken}
              value={draft.discordToken}
              hint="On Discord’s developer pages: your application, Bot, Reset Token. It is sealed before it is stored."
              onChange={(discordToken) => change({ discordToken })}
            />
            <DiscordCheck token={draft.discordToken} />
          </div>
        )}
      </div>
    </div>
  );
}
