import type { ConversationText } from "@/client/types";

/** With whom a conversation is, as short as it can be told: its name without the channel. */
export function partnerOf(conversation: string): string {
  const [channel, ...rest] = conversation.split(":");
  const name = rest.join(":");
  if (!name) return conversation;
  return channel === "web" ? `visitor ${name.slice(0, 8)}` : name;
}

/** A file's name for an exported conversation, without what file systems do not take. */
export function fileName(bot: string, conversation: string): string {
  return `${bot}-${conversation}`.replace(/[^\w.-]+/g, "-");
}

/** The conversation as the API tells it, for people and programs alike. */
export function exported(bot: string, found: ConversationText): string {
  return `${JSON.stringify({ bot, ...found }, null, 2)}\n`;
}
