import { api, body } from "@/client/api";
import { keys } from "./keys";
import { usePages } from "./use-pages";

/** What bots used in the last thirty days, newest day first. */
export function useUsage(bot: string) {
  return usePages(keys.usage(bot), async (cursor) => {
    const query = { limit: 100, cursor, ...(bot ? { bot } : {}) };
    const page = await body(api.GET("/api/v1/usage", { params: { query } }));
    return { ...page, items: page.items.map((item) => ({ ...item, id: `${item.day} ${item.bot}` })) };
  });
}
