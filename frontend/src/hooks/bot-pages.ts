/** The cursor pages of the bots list, kept as the stream of all bots says: pure, so that each case has its test. */
import type { Bot, Phase } from "@/client/types";

export interface BotPage {
  items: Bot[];
  next_cursor?: string | null;
  total?: number | null;
  event: number;
}

export interface Pages {
  pages: BotPage[];
  pageParams: unknown[];
}

export interface Wanted {
  words: string;
  channel: string;
  phases: Phase[];
}

export const EVERY_BOT: Wanted = { words: "", channel: "", phases: [] };

/** The bots that have changed, or null for one that is gone, and the event after which nothing is known. */
export interface News {
  bots: Map<string, Bot | null>;
  event: number | null;
}

/** Whether a bot belongs in the list, by the rules of the API’s `q`, `channel` and `phase`. */
export function isWanted(bot: Bot, { words, channel, phases }: Wanted): boolean {
  const text = `${bot.id}\n${bot.spec.description ?? ""}`.toLowerCase();
  return (
    words
      .toLowerCase()
      .split(/\s+/)
      .filter(Boolean)
      .every((word) => text.includes(word)) &&
    (!channel || channel === "web" || Boolean(bot.spec.channels?.[channel])) &&
    (phases.length === 0 || phases.includes(bot.status.phase))
  );
}

/** The pages after the news. A bot that lies beyond what has been loaded comes with its page. */
export function told(data: Pages, news: News, wanted: Wanted): Pages {
  const pages = data.pages.map((page) => ({ ...page, items: [...page.items] }));
  let more = 0;
  for (const [id, bot] of news.bots) more += settle(pages, id, bot && isWanted(bot, wanted) ? bot : null);
  const first = pages[0];
  if (first) {
    if (first.total != null) first.total += more;
    first.event = Math.max(first.event, news.event ?? 0);
  }
  return { ...data, pages };
}

/** Puts one bot where it belongs, or takes it away; by how many the list has grown. */
function settle(pages: BotPage[], id: string, bot: Bot | null): number {
  for (const { items } of pages) {
    const at = items.findIndex((each) => each.id === id);
    if (at < 0) continue;
    items.splice(at, 1, ...(bot ? [bot] : []));
    return bot ? 0 : -1;
  }
  if (!bot) return 0;
  const page = pages.find(({ items, next_cursor: next }) => !next || (items.at(-1)?.id ?? "") > id);
  if (!page) return 1;
  const at = page.items.findIndex((each) => each.id > id);
  page.items.splice(at < 0 ? page.items.length : at, 0, bot);
  return 1;
}
