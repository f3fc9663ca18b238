import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { Access, Bot } from "@/client/types";
import { keys } from "./keys";

/** Who may talk to the bot in its messengers. Whoever pairs or asks to is told by the bot's stream (`use-bot.ts`). */
export function useAccess(bot: Bot) {
  return useQuery({
    enabled: bot.channels?.telegram?.state === "connected",
    queryKey: keys.access(bot.id),
    queryFn: () => body(api.GET("/api/v1/bots/{id}/access", { params: { path: { id: bot.id } } })),
    staleTime: 0,
  });
}

export interface Admission {
  sender: string;
  admit: boolean;
}

/** Lets a person in, or shuts one out; at once, as this is no part of the specification. */
export function useAdmission(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ sender, admit }: Admission): Promise<Access> => {
      const path = { id };
      return admit
        ? body(api.POST("/api/v1/bots/{id}/access", { params: { path }, body: { sender } }))
        : body(api.DELETE("/api/v1/bots/{id}/access", { params: { path, query: { sender } } }));
    },
    onSuccess: (access) => cache.setQueryData(keys.access(id), access),
  });
}
