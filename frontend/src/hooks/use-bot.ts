import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, body } from "@/client/api";
import { openFeed } from "@/client/events";
import { ApiError } from "@/client/problem";
import type { Bot } from "@/client/types";
import { keys } from "./keys";

/** One bot, live: its stream sends it whole after each change. */
export function useBot(id: string) {
  const cache = useQueryClient();
  const query = useQuery({
    queryKey: keys.bot(id),
    queryFn: async () => (await body(api.GET("/api/v1/bots/{id}", { params: { path: { id } } }))) as Bot,
    retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 3,
  });
  const exists = query.data !== undefined;
  useEffect(() => (exists ? follow(cache, id) : undefined), [cache, id, exists]);
  return query;
}

function follow(cache: QueryClient, id: string): () => void {
  const feed = openFeed(`/api/v1/bots/${encodeURIComponent(id)}/events`, {
    bot: (data) => {
      const before = cache.getQueryData<Bot>(keys.bot(id));
      const now = data as Bot;
      cache.setQueryData(keys.bot(id), now);
      if (before?.activity.last_at !== now.activity.last_at) void hear(cache, id);
    },
    access: () => void cache.invalidateQueries({ queryKey: keys.access(id) }),
    deleted: () => {
      feed.close();
      void cache.invalidateQueries({ queryKey: keys.bot(id), exact: true });
    },
  });
  return () => feed.close();
}

/** Somebody has talked to the bot: who reads its conversations reads on. */
async function hear(cache: QueryClient, id: string): Promise<void> {
  await cache.invalidateQueries({ queryKey: keys.conversations(id) });
  await cache.invalidateQueries({ queryKey: keys.conversationOf(id) });
}
