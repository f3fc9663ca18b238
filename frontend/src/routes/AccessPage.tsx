import { Admit } from "@/components/Access/Admit";
import { Policy } from "@/components/Access/Policy";
import { People } from "@/components/Overview/People";
import { TelegramInvite } from "@/components/ui/TelegramInvite";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

/** Who may talk to the bot in its messengers: the policy, the way in, who asks and who is in. */
export function AccessPage() {
  const bot = useThisBot();
  useTitle(`Access to ${bot.id}`);
  return (
    <div className="mx-auto grid w-full max-w-text gap-5">
      <Policy bot={bot} />
      <TelegramInvite bot={bot} />
      <People bot={bot} always />
      <Admit bot={bot} />
    </div>
  );
}
