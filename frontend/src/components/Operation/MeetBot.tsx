import { ButtonLink, buttonClass } from "@/components/ui/Button";
import { safeLink } from "@/components/ui/safe-link";
import { TelegramInvite } from "@/components/ui/TelegramInvite";
import { useBot } from "@/hooks/use-bot";

/** The bot is up: where to say hello to it. */
export function MeetBot({ id }: { id: string }) {
  const { data: bot } = useBot(id);
  if (!bot) return null;
  const discord = safeLink(bot.channels?.discord?.link);
  return (
    <div className="grid animate-rise gap-5">
      <div className="flex flex-wrap gap-2">
        <ButtonLink to={`/bots/${id}/chat`} look="solid" icon="chat">
          Talk to it
        </ButtonLink>
        <ButtonLink to={`/bots/${id}`}>Open {bot.name}</ButtonLink>
        {discord && (
          <a href={discord} target="_blank" rel="noopener noreferrer" className={buttonClass()}>
            Invite it to Discord
          </a>
        )}
      </div>
      <TelegramInvite bot={bot} />
    </div>
  );
}
