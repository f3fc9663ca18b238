import { LogView } from "@/components/Logs/LogView";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function LogsPage() {
  const bot = useThisBot();
  useTitle(`Logs of ${bot.id}`);
  return <LogView key={bot.id} id={bot.id} />;
}
