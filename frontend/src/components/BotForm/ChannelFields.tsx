import { Toggle } from "@/components/ui/Toggle";
import type { Part } from "./BotForm";
import { tokenName } from "./draft";
import { SecretField } from "./SecretField";
import { TokenCheck } from "./TokenCheck";

export function ChannelFields({ draft, errors, base, set, change }: Part) {
  return (
    <div className="divide-y divide-line rounded-md border border-edge/50 bg-paper shadow-card">
      <div className="grid p-3.5">
        <span className="font-medium">Web chat</span>
        <span className="text-faint text-sm">Always there, on this page, for you and your team.</span>
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
              name={tokenName(base)}
              set={set.has(tokenName(base))}
              error={errors.telegramToken}
              value={draft.telegramToken}
              hint="In Telegram, send /newbot to @BotFather and paste the token it gives you. It is sealed before it is stored."
              onChange={(telegramToken) => change({ telegramToken })}
            />
            <TokenCheck token={draft.telegramToken} />
          </div>
        )}
      </div>
    </div>
  );
}
