import type { Bot } from "@/client/types";
import { buttonClass } from "./Button";
import { CopyButton } from "./CopyButton";
import { Qr } from "./Qr";
import { safeLink } from "./safe-link";

/** The way to a bot in Discord: an invitation to a server, for this device and for the phone in your other hand. */
export function DiscordInvite({ bot }: { bot: Bot }) {
  const discord = bot.channels?.discord;
  const link = safeLink(discord?.link);
  if (!link || discord?.state !== "connected") return null;
  return (
    <section
      aria-label="Open in Discord"
      className="flex flex-wrap items-center gap-6 rounded-xl border border-line bg-paper p-5 shadow-card"
    >
      <div className="hidden sm:block">
        <Qr text={link} label={`QR code of ${link}`} />
      </div>
      <div className="grid min-w-0 grow basis-60 gap-3">
        <h2 className="font-semibold tracking-tight">Invite it to Discord</h2>
        <p className="text-soft text-sm">
          Choose a server where you may add bots. There it answers {discord.name ? `as ${discord.name} ` : ""}
          when it is mentioned, and in direct messages.
        </p>
        <div className="flex flex-wrap items-center gap-2">
          <a href={link} target="_blank" rel="noopener noreferrer" className={buttonClass("solid")}>
            Open Discord
          </a>
          <CopyButton text={link} label="Copy the invitation" className="size-10" />
        </div>
      </div>
    </section>
  );
}
