import { useRef } from "react";
import type { Bot } from "@/client/types";
import { useAccess } from "@/hooks/use-access";
import { buttonClass } from "./Button";
import { CopyButton } from "./CopyButton";
import { Icon } from "./Icon";
import { Qr } from "./Qr";
import { safeLink } from "./safe-link";

interface Props {
  bot: Bot;
  /** Only while nobody has paired with it. */
  pairingOnly?: boolean;
}

/** The way to a bot in Telegram: a link for this device, a QR code for the phone in your other hand. */
export function TelegramInvite({ bot, pairingOnly = false }: Props) {
  const { data: access } = useAccess(bot);
  const begun = useRef<string | null>(null);
  const telegram = bot.channels?.telegram;
  const pairing = safeLink(access?.link);
  const link = pairing ?? (pairingOnly ? null : safeLink(telegram?.link));
  const owner = access?.people?.find((person) => person.role === "owner");
  if (pairing) begun.current = pairing;
  // The code that somebody has just scanned stays where it is and turns green; the link leads to the bot from now on.
  const shown = owner && begun.current ? begun.current : link;
  if (!link || !shown || !access || telegram?.state !== "connected") return null;
  return (
    <section
      aria-label="Open in Telegram"
      className="flex flex-wrap items-center gap-6 rounded-xl border border-line bg-paper p-4 shadow-card sm:p-5"
    >
      <div
        data-paired={owner ? "yes" : "no"}
        className={`relative hidden rounded-lg border-4 transition duration-300 sm:block ${owner ? "border-go" : "border-transparent"}`}
      >
        <Qr text={shown} label={`QR code of ${shown}`} />
        {owner && (
          <span className="absolute -right-3 -bottom-3 grid size-8 animate-rise place-items-center rounded-full bg-go text-paper">
            <Icon name="check" />
          </span>
        )}
      </div>
      <div className="grid min-w-0 grow basis-60 gap-3">
        <h2 className="font-semibold tracking-tight">
          {pairing ? "Pair with it in Telegram" : "Talk to it in Telegram"}
        </h2>
        {owner && (
          <p role="status" className="flex items-center gap-1.5 text-go">
            <Icon name="check" /> Paired with {owner.name || owner.sender}
          </p>
        )}
        <p className="text-soft text-sm">
          {pairing
            ? "Open the link and press Start. Whoever does so first becomes its owner there, so keep it to yourself until you have."
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
