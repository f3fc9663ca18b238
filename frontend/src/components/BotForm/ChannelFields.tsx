import { Field, INPUT } from "@/components/ui/Field";
import { Toggle } from "@/components/ui/Toggle";
import type { Part } from "./BotForm";
import { ChannelSecret } from "./ChannelSecret";
import { DiscordCheck } from "./DiscordCheck";
import { SlackFields } from "./SlackFields";
import { TokenCheck } from "./TokenCheck";
import { WhatsAppFields } from "./WhatsAppFields";

const BY_TOKEN =
  "In Telegram, send /newbot to @BotFather and paste the token it gives you. It is sealed before it is stored.";
const BY_TAP =
  "Leave it empty to name the bot in Telegram by a tap on a link, or paste the token of one that you have.";
const OF_DISCORD =
  "On Discord’s developer pages: your application, Bot, Reset Token. It is sealed before it is stored.";

export function ChannelFields(part: Part) {
  const { draft, byTap = false, change } = part;
  return (
    <div className="divide-y divide-line rounded-md border border-edge/50 bg-paper shadow-card">
      <WebFields {...part} />
      <div className="grid gap-4 p-3.5">
        <Toggle
          label="Telegram"
          hint="A bot of your own that people write to."
          on={draft.telegram}
          onChange={(telegram) => change({ telegram })}
        />
        {draft.telegram && (
          <div className="grid animate-rise gap-2">
            <ChannelSecret
              {...part}
              label="Telegram token"
              of="telegramToken"
              hint={byTap ? BY_TAP : BY_TOKEN}
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
            <ChannelSecret {...part} label="Discord token" of="discordToken" hint={OF_DISCORD} />
            <DiscordCheck token={draft.discordToken} />
          </div>
        )}
      </div>
      <div className="grid gap-4 p-3.5">
        <Toggle
          label="Slack"
          hint="An app of your own in a workspace; Botyard needs a public address for it."
          on={draft.slack}
          onChange={(slack) => change({ slack })}
        />
        {draft.slack && <SlackFields {...part} />}
      </div>
      <div className="grid gap-4 p-3.5">
        <Toggle
          label="WhatsApp"
          hint="A number of your business; Botyard needs a public address for it."
          on={draft.whatsapp}
          onChange={(whatsapp) => change({ whatsapp })}
        />
        {draft.whatsapp && <WhatsAppFields {...part} />}
      </div>
    </div>
  );
}

function WebFields({ draft, errors, change }: Part) {
  return (
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
  );
}
