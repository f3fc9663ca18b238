import type { Bot } from "@/client/types";
import { Icon, type IconName } from "./Icon";

export const CHANNEL_NAMES: Record<string, string> = {
  web: "Web chat",
  telegram: "Telegram",
  discord: "Discord",
  slack: "Slack",
  whatsapp: "WhatsApp",
};
const ICONS: Record<string, IconName> = { web: "web", telegram: "telegram" };

/** The channels that a bot is to have, whether they are up yet or not; the web chat is always one. */
export function channelsOf(bot: Bot): string[] {
  const wanted = Object.entries(bot.spec.channels ?? {}).filter(([, channel]) => channel !== null);
  return [...new Set(["web", ...wanted.map(([name]) => name), ...Object.keys(bot.channels ?? {})])].sort();
}

export function ChannelIcon({ name, className = "" }: { name: string; className?: string }) {
  return <Icon name={ICONS[name] ?? "talks"} className={className} />;
}

export function ChannelIcons({ bot, className = "flex" }: { bot: Bot; className?: string }) {
  const names = channelsOf(bot);
  return (
    <span className={`${className} items-center gap-1.5`}>
      {names.map((name) => {
        const failed = bot.channels?.[name]?.state === "failed";
        return (
          <span
            key={name}
            title={CHANNEL_NAMES[name] ?? name}
            className={failed ? "text-stop" : "text-faint"}
          >
            <ChannelIcon name={name} className="size-4.5" />
            <span className="sr-only">
              {CHANNEL_NAMES[name] ?? name}
              {failed ? ", failed" : ""}
            </span>
          </span>
        );
      })}
    </span>
  );
}
