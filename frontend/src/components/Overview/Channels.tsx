import type { Bot, Channel } from "@/client/types";
import { Card } from "@/components/ui/Card";
import { CHANNEL_NAMES, ChannelIcon, channelsOf } from "@/components/ui/ChannelIcons";
import { Icon } from "@/components/ui/Icon";
import { Prose } from "@/components/ui/Prose";
import { safeLink } from "@/components/ui/safe-link";
import { TelegramInvite } from "@/components/ui/TelegramInvite";
import { PublicLink } from "./PublicLink";

const STATES: Record<string, { word: string; tone: string }> = {
  connected: { word: "Connected", tone: "text-go" },
  connecting: { word: "Connecting …", tone: "text-work" },
  failed: { word: "Failed", tone: "text-stop" },
};

/** Where people reach the bot, and whether they can just now. */
export function Channels({ bot }: { bot: Bot }) {
  const names = channelsOf(bot);
  return (
    <>
      <Card title="Channels">
        <ul className="divide-y divide-line">
          {names.map((name) => (
            <ChannelRow key={name} name={name} channel={bot.channels?.[name]} />
          ))}
        </ul>
      </Card>
      <PublicLink bot={bot} />
      <TelegramInvite bot={bot} pairingOnly />
    </>
  );
}

function ChannelRow({ name, channel }: { name: string; channel: Channel | undefined }) {
  const state = channel && STATES[channel.state];
  const link = safeLink(channel?.link);
  return (
    <li className="flex items-center gap-3 px-4 py-3.5 sm:px-5">
      <ChannelIcon name={name} className="size-5 text-soft" />
      <div className="min-w-0 grow">
        <p className="font-medium">
          {CHANNEL_NAMES[name] ?? name}
          {channel?.name && <span className="font-mono font-normal text-faint text-sm"> {channel.name}</span>}
        </p>
        <p className={`text-sm ${state?.tone ?? "text-faint"}`}>{state?.word ?? "Not up just now"}</p>
        {channel?.reason && (
          <p className="break-words text-sm">
            <Prose text={channel.reason} />
          </p>
        )}
        {channel?.next_step && (
          <p className="break-words font-medium text-sm">
            <Prose text={channel.next_step} />
          </p>
        )}
      </div>
      {name !== "web" && link && (
        <a
          href={link}
          target="_blank"
          rel="noopener noreferrer"
          aria-label={`Open in ${CHANNEL_NAMES[name] ?? name}`}
          className="-mr-2.5 grid size-9 place-items-center rounded-md text-soft hover:bg-sunk"
        >
          <Icon name="out" className="size-4.5" />
        </a>
      )}
    </li>
  );
}
