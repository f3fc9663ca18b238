import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { keys } from "./keys";

export function useHistory(id: string) {
  return useInfiniteQuery({
    queryKey: keys.history(id),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/v1/bots/{id}/history", {
          params: { path: { id }, query: { limit: 30, cursor: pageParam } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
  });
}

/** What lies between two commits; asked for only when somebody looks. */
export function useDiff(id: string, from: string, to: string, wanted: boolean) {
  return useQuery({
    enabled: wanted,
    queryKey: keys.diff(id, from, to),
    queryFn: () => body(api.GET("/api/v1/bots/{id}/diff", { params: { path: { id }, query: { from, to } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
