import type { Bot } from "@/client/types";
import { usePairingLink } from "@/hooks/use-access";
import { buttonClass } from "./Button";
import { CopyButton } from "./CopyButton";
import { Icon } from "./Icon";
import { Qr } from "./Qr";
import { safeLink } from "./safe-link";

/** The way to a bot in Telegram: a link for this device, a QR code for the phone in your other hand. */
export function TelegramInvite({ bot, pairingOnly = false }: { bot: Bot; pairingOnly?: boolean }) {
  const telegram = bot.channels?.telegram;
  const pairing = safeLink(usePairingLink(bot));
  const link = pairing ?? (pairingOnly ? null : safeLink(telegram?.link));
  if (!link || telegram?.state !== "connected") return null;
  return (
    <section
      aria-label="Open in Telegram"
      className="flex flex-wrap items-center gap-6 rounded-xl border border-line bg-paper p-5 shadow-card"
    >
      <div className="hidden sm:block">
        <Qr text={link} label={`QR code of ${link}`} />
      </div>
      <div className="grid min-w-0 grow basis-60 gap-3">
        <h2 className="font-semibold tracking-tight">
          {pairing ? "Pair with it in Telegram" : "Talk to it in Telegram"}
        </h2>
        <p className="text-soft text-sm">
          {pairing
            ? "Open the link and press Start. Only people who have it may talk to this bot, so keep it to yourself."
            : `It answers as @${(telegram.name ?? bot.name).replace(/^@/, "")}.`}
        </p>
        <div className="flex flex-wrap items-center gap-2">
          <a href={link} target="_blank" rel="noopener noreferrer" className={buttonClass("solid")}>
            <Icon name="telegram" className="-ml-1 size-4.5" />
            Open Telegram
          </a>
          <CopyButton text={link} label="Copy the link" className="size-10" />
        </div>
      </div>
    </section>
  );
}
