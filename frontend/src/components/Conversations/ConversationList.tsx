import type { Conversation } from "@/client/types";
import { CHANNEL_NAMES, ChannelIcon } from "@/components/ui/ChannelIcons";
import { Time } from "@/components/ui/Time";
import { NavLink } from "@/router";
import { partnerOf } from "./words";

/** Who talked to the bot, newest first. */
export function ConversationList({ bot, items }: { bot: string; items: Conversation[] }) {
  return (
    <ol
      aria-label="Conversations"
      className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-paper shadow-card"
    >
      {items.map((item) => (
        <li key={item.id}>
          <NavLink
            to={`/bots/${bot}/conversations/${encodeURIComponent(item.id)}`}
            className="flex items-center gap-3 px-4 py-3 no-underline hover:bg-sunk/60 focus-visible:-outline-offset-2 aria-[current=page]:bg-sunk"
          >
            <ChannelIcon name={item.channel} className="size-5 text-soft" />
            <span className="grid min-w-0 grow">
              <span className="truncate font-medium">
                <span className="sr-only">{CHANNEL_NAMES[item.channel] ?? item.channel}: </span>
                {partnerOf(item.id)}
              </span>
              <span className="text-faint text-sm">
                {item.turns === 1 ? "1 answer" : `${item.turns} answers`}
                {item.last_at && (
                  <>
                    {" · "}
                    <Time at={item.last_at} />
                  </>
                )}
              </span>
            </span>
          </NavLink>
        </li>
      ))}
    </ol>
  );
}
