import type { Bot } from "@/client/types";
import { PLACES } from "@/components/Shell/places";
import type { IconName } from "@/components/ui/Icon";
import { isWanted } from "@/hooks/bot-pages";

export interface Entry {
  id: string;
  name: string;
  /** Said behind the name. */
  hint?: string;
  icon?: IconName;
  /** A bot, whose face is shown instead of an icon. */
  bot?: string;
  to?: string;
  run?: () => void;
}

const TABS = ["chat", "logs", "history", "settings", "conversations", "access", "secrets"];

/** What is offered for some words: places and deeds that they name, then bots; a tab’s name leads into it. */
export function entriesFor(words: string, bots: Bot[], deeds: Entry[]): Entry[] {
  const asked = words.toLowerCase().split(/\s+/).filter(Boolean);
  const places = PLACES.map(({ to, name, icon, words: also }) => ({
    entry: { id: to, name, icon, to },
    text: `${name} ${also}`.toLowerCase(),
  }));
  const doing = deeds.map((entry) => ({ entry, text: `${entry.name} ${entry.hint ?? ""}`.toLowerCase() }));
  const named = [...places, ...doing].filter(({ text }) => asked.every((word) => text.includes(word)));
  const tab = tabOf(words);
  // What was found for the words before stands until the answer is there.
  const still = { words: sought(words), channel: "", phases: [] };
  const found = bots
    .filter((bot) => isWanted(bot, still))
    .map((bot) => ({
      id: bot.id,
      name: bot.id,
      hint: tab ?? bot.spec.description ?? "",
      bot: bot.id,
      to: `/bots/${bot.id}${tab ? `/${tab}` : ""}`,
    }));
  return asked.length
    ? [...found, ...named.map(({ entry }) => entry)]
    : [...named.map(({ entry }) => entry), ...found];
}

/** The tab that the last word names, where there is a word before it: `orders logs`. */
export function tabOf(words: string): string | undefined {
  const asked = words.trim().toLowerCase().split(/\s+/);
  const last = asked.at(-1) ?? "";
  return asked.length > 1 && last.length > 2 ? TABS.find((tab) => tab.startsWith(last)) : undefined;
}

/** The words that are asked of the API: a tab’s name is not part of a bot’s. */
export function sought(words: string): string {
  return tabOf(words) ? words.trim().split(/\s+/).slice(0, -1).join(" ") : words.trim();
}
