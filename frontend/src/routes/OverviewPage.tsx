import { Channels } from "@/components/Overview/Channels";
import { Facts } from "@/components/Overview/Facts";
import { Latest } from "@/components/Overview/Latest";
import { People } from "@/components/Overview/People";
import { PhaseNote } from "@/components/Overview/PhaseNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useAccess } from "@/hooks/use-access";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function OverviewPage() {
  const bot = useThisBot();
  useTitle(bot.id);
  // Who is let in decides which cards there are: all of them come at once, so that none pushes another down.
  const { isLoading } = useAccess(bot);
  return (
    <div className="grid gap-5">
      <PhaseNote bot={bot} />
      <div className="grid items-start gap-5 md:grid-cols-[minmax(0,1fr)_minmax(0,22rem)]">
        {isLoading ? (
          <Loading what="the bot">
            <Skeleton className="h-[70dvh] w-full rounded-xl" />
          </Loading>
        ) : (
          <div className="grid min-w-0 gap-5">
            <Channels bot={bot} />
            <People bot={bot} />
            <Facts bot={bot} />
          </div>
        )}
        {!isLoading && <Latest bot={bot} />}
      </div>
    </div>
  );
}
