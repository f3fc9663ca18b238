import type { Bot } from "@/client/types";
import { ButtonLink } from "@/components/ui/Button";
import { CopyButton } from "@/components/ui/CopyButton";
import { Lamp } from "@/components/ui/Lamp";
import { Mark } from "@/components/ui/Mark";
import { useMatch } from "@/router";
import { BotActions } from "./BotActions";

/** Who the bot is and how it is; to talk to it is what most come for, which a phone has in its bar. */
export function BotHeader({ bot }: { bot: Bot }) {
  const chatting = useMatch("/bots/:bot/chat") !== null;
  return (
    <div className="flex items-center gap-4">
      <Mark id={bot.id} className="size-13 rounded-xl" />
      <div className="min-w-0 grow">
        <div className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5">
          <h1 className="min-w-0 break-words font-semibold text-xl tracking-tight sm:text-2xl">{bot.name}</h1>
          <Lamp phase={bot.status.phase} className="text-sm" />
        </div>
        <p className="flex h-6 items-center gap-0.5 font-mono text-faint text-sm">
          <span className="truncate">{bot.id}</span>
          <CopyButton text={bot.id} label="Copy the id" className="-my-1" />
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-2">
        {!chatting && (
          <ButtonLink
            to={`/bots/${bot.id}/chat`}
            look={bot.status.phase === "paused" ? "plain" : "solid"}
            aria-label={`Chat with ${bot.name}`}
            className="max-md:hidden"
          >
            Chat
          </ButtonLink>
        )}
        <BotActions bot={bot} />
      </div>
    </div>
  );
}
