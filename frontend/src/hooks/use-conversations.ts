import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { keys } from "./keys";

/** What people and the bot have said to each other, newest conversation first, page by page. */
export function useConversations(id: string) {
  return useInfiniteQuery({
    queryKey: keys.conversations(id),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/v1/bots/{id}/conversations", {
          params: { path: { id }, query: { limit: 50, cursor: pageParam } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // Somebody may have written since; while a page of the bot is open, its stream tells (`use-bot.ts`).
    staleTime: 0,
    select: (data) => data.pages.flatMap((page) => page.items),
  });
}

export function useConversation(id: string, conversation: string) {
  return useQuery({
    queryKey: keys.conversation(id, conversation),
    staleTime: 0,
    // Forgotten with the page that shows it: it may have been erased.
    gcTime: 0,
    queryFn: () =>
      body(
        api.GET("/api/v1/bots/{id}/conversations/{conversation}", {
          params: { path: { id, conversation } },
        }),
      ),
  });
}

/** For good: neither Git nor a backup made afterwards has it. */
export function useErase(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (conversation: string) => {
      await api.DELETE("/api/v1/bots/{id}/conversations/{conversation}", {
        params: { path: { id, conversation } },
      });
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.conversations(id) }),
  });
}
