import { Channels } from "@/components/Overview/Channels";
import { Facts } from "@/components/Overview/Facts";
import { Latest } from "@/components/Overview/Latest";
import { People } from "@/components/Overview/People";
import { PhaseNote } from "@/components/Overview/PhaseNote";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function OverviewPage() {
  const bot = useThisBot();
  useTitle(bot.id);
  return (
    <div className="grid gap-5">
      <PhaseNote bot={bot} />
      <div className="grid items-start gap-5 md:grid-cols-[minmax(0,1fr)_minmax(0,22rem)]">
        <div className="grid min-w-0 gap-5">
          <Channels bot={bot} />
          <People bot={bot} />
          <Facts bot={bot} />
        </div>
        <Latest bot={bot} />
      </div>
    </div>
  );
}
