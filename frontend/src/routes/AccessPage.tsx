import { Admit } from "@/components/Access/Admit";
import { PairingCode } from "@/components/Access/PairingCode";
import { Policy } from "@/components/Access/Policy";
import { People } from "@/components/Overview/People";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { TelegramInvite } from "@/components/ui/TelegramInvite";
import { useAccess } from "@/hooks/use-access";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

/** Who may talk to the bot in its messengers: the policy, the way in, who asks and who is in. */
export function AccessPage() {
  const bot = useThisBot();
  useTitle(`Access to ${bot.id}`);
  const { isLoading } = useAccess(bot);
  return (
    <div className="grid w-full max-w-text gap-5">
      <Policy bot={bot} />
      {isLoading ? (
        <Loading what="who is let in">
          <Skeleton className="h-[70dvh] w-full rounded-xl" />
        </Loading>
      ) : (
        <>
          <TelegramInvite bot={bot} />
          <PairingCode bot={bot} />
          <People bot={bot} always />
          <Admit bot={bot} />
        </>
      )}
    </div>
  );
}
