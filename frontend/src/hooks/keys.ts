/** The keys under which answers are kept, in one place, so that a write knows what it makes stale. */
export const keys = {
  me: ["me"] as const,
  list: (wanted: object) => ["bots", wanted] as const,
  bot: (id: string) => ["bot", id] as const,
  access: (id: string) => ["bot", id, "access"] as const,
  conversations: (id: string) => ["bot", id, "conversations"] as const,
  conversation: (id: string, conversation: string) => ["bot", id, "conversation", conversation] as const,
  history: (id: string) => ["bot", id, "history"] as const,
  diff: (id: string, from: string, to: string) => ["bot", id, "diff", from, to] as const,
  managedBot: (id: string) => ["managed-bot", id] as const,
  manager: ["manager"] as const,
  templates: ["templates"] as const,
  operation: (id: string) => ["operation", id] as const,
};
