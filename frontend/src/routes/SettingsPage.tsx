import { DangerZone } from "@/components/Settings/DangerZone";
import { SettingsForm } from "@/components/Settings/SettingsForm";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function SettingsPage() {
  const bot = useThisBot();
  useTitle(`Settings of ${bot.id}`);
  return (
    <div className="w-full max-w-text">
      <SettingsForm bot={bot} />
      <DangerZone bot={bot} />
    </div>
  );
}
