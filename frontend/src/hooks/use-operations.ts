import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, body } from "@/client/api";
import { openFeed } from "@/client/events";
import type { Operation } from "@/client/types";
import { keys } from "./keys";
import { usePages } from "./use-pages";

type Data = InfiniteData<{ items: Operation[] }>;

/** Operations, newest first, kept as the stream of all bots says. */
export function useOperations(state: Operation["state"] | undefined) {
  const cache = useQueryClient();
  const query = usePages(keys.operations(state), (cursor) =>
    body(api.GET("/api/v1/operations", { params: { query: { limit: 50, cursor, state } } })),
  );
  const known = query.isSuccess;
  useEffect(() => {
    if (!known) return;
    const queryKey = keys.operations(state);
    const again = () => void cache.invalidateQueries({ queryKey });
    const feed = openFeed(
      "/api/v1/events",
      {
        operation: (data) => {
          const { operation } = data as { operation: Operation };
          cache.setQueryData<Data>(queryKey, (old) => old && withNews(old, operation, state));
        },
        reset: again,
      },
      // What happened before the stream began, or while it was away.
      (up) => up && again(),
    );
    return () => feed.close();
  }, [cache, known, state]);
  return query;
}

function withNews(data: Data, news: Operation, state: string | undefined): Data {
  const wanted = !state || news.state === state;
  const known = data.pages.some(({ items }) => items.some(({ id }) => id === news.id));
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.flatMap((each) => (each.id !== news.id ? [each] : wanted ? [news] : [])),
  }));
  if (!known && wanted) pages[0]?.items.unshift(news);
  return { ...data, pages };
}
