import {
  infiniteQueryOptions,
  type QueryClient,
  useInfiniteQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";
import { api, body } from "@/client/api";
import { openFeed } from "@/client/events";
import type { Bot } from "@/client/types";
import { type BotPage, type News, type Pages, told, type Wanted } from "./bot-pages";
import { keys } from "./keys";

const PAGE = 100;
/** Changes of many bots come as a burst; drawing them together keeps the list smooth. */
const TOGETHER = 150;

/** The question for the bots that are wanted, page by page. */
export function botsQuery(wanted: Wanted) {
  return infiniteQueryOptions({
    queryKey: keys.list(wanted),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => page(wanted, pageParam),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

/** The bots that are wanted; what happens to them arrives by one stream and asks for no page again. */
export function useBots(wanted: Wanted) {
  const cache = useQueryClient();
  const queryKey = keys.list(wanted);
  const query = useInfiniteQuery({
    ...botsQuery(wanted),
    placeholderData: (before) => before,
    select: together,
  });
  const { isSuccess, isPlaceholderData } = query;
  const known = isSuccess && !isPlaceholderData;
  const place = JSON.stringify(queryKey);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `place` stands for the key and what is wanted.
  useEffect(() => (known ? follow(cache, wanted) : undefined), [cache, known, place]);
  return query;
}

async function page({ words, channel, phases }: Wanted, cursor: string | undefined): Promise<BotPage> {
  const query = {
    limit: PAGE,
    cursor,
    q: words || undefined,
    channel: (channel || undefined) as "web" | undefined,
    phase: phases.length ? phases : undefined,
  };
  return (await body(api.GET("/api/v1/bots", { params: { query } }))) as BotPage;
}

function together({ pages }: { pages: BotPage[] }): { bots: Bot[]; total: number | null } {
  return { bots: pages.flatMap(({ items }) => items), total: pages[0]?.total ?? null };
}

/** Takes in what happens from where the list was read, or last heard of. */
function follow(cache: QueryClient, wanted: Wanted): () => void {
  const queryKey = keys.list(wanted);
  const heard: News = { bots: new Map(), event: null };
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hear(id: string, bot: Bot | null, event: string): void {
    heard.bots.set(id, bot);
    if (event) heard.event = Number(event);
    timer ??= setTimeout(() => {
      timer = undefined;
      const news = { ...heard, bots: new Map(heard.bots) };
      heard.bots.clear();
      cache.setQueryData<Pages>(queryKey, (old) => old && told(old, news, wanted));
    }, TOGETHER);
  }

  const after = cache.getQueryData<Pages>(queryKey)?.pages[0]?.event ?? 0;
  const feed = openFeed(`/api/v1/events?after=${after}`, {
    bot: (data, { lastEventId }) => hear((data as Bot).id, data as Bot, lastEventId),
    deleted: (data, { lastEventId }) => hear((data as { id: string }).id, null, lastEventId),
    reset: () => void cache.resetQueries({ queryKey }),
  });
  return () => {
    clearTimeout(timer);
    feed.close();
  };
}
