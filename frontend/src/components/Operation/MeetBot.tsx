import { PairingCode } from "@/components/Access/PairingCode";
import { ButtonLink } from "@/components/ui/Button";
import { DiscordInvite } from "@/components/ui/DiscordInvite";
import { TelegramInvite } from "@/components/ui/TelegramInvite";
import { useBot } from "@/hooks/use-bot";

/** The bot is up: where to say hello to it. */
export function MeetBot({ id }: { id: string }) {
  const { data: bot } = useBot(id);
  if (!bot) return null;
  return (
    <div className="grid animate-rise gap-5">
      <div className="flex flex-wrap gap-2">
        <ButtonLink to={`/bots/${id}/chat`} look="solid" icon="chat">
          Talk to it
        </ButtonLink>
        <ButtonLink to={`/bots/${id}`}>Open {bot.name}</ButtonLink>
      </div>
      <TelegramInvite bot={bot} />
      <DiscordInvite bot={bot} />
      <PairingCode bot={bot} onlyWhereNeeded />
    </div>
  );
}
