import { SettingsForm } from "@/components/Settings/SettingsForm";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function SettingsPage() {
  const bot = useThisBot();
  useTitle(`Settings of ${bot.id}`);
  return <SettingsForm bot={bot} />;
}
