import { useInfiniteQuery } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { Bot } from "@/client/types";
import { keys } from "./keys";

const PAGE = 100;
const REFRESH = 3_000;

/** All bots that the caller sees, page by page, kept fresh while the page is looked at. */
export function useBots() {
  return useInfiniteQuery({
    queryKey: keys.bots,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(api.GET("/api/v1/bots", { params: { query: { limit: PAGE, cursor: pageParam } } })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: REFRESH,
    select: (data) => data.pages.flatMap((page) => page.items as Bot[]),
  });
}
