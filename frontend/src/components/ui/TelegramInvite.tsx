import type { Channel } from "@/client/types";
import { buttonClass } from "./Button";
import { CopyButton } from "./CopyButton";
import { Icon } from "./Icon";
import { Qr } from "./Qr";
import { safeLink } from "./safe-link";

/** The way to a bot in Telegram: a link for this device, a QR code for the phone in your other hand. */
export function TelegramInvite({ channel }: { channel: Channel }) {
  const link = safeLink(channel.link);
  if (!link) return null;
  const pairs = /[?&]start=/.test(link);
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
          {pairs ? "Pair with it in Telegram" : "Talk to it in Telegram"}
        </h2>
        <p className="text-soft text-sm">
          {pairs
            ? "Whoever opens this link first becomes its owner there. Keep it to yourself until you have."
            : `It answers as ${channel.name ?? "your bot"}.`}
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
