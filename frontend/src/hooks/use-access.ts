import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { Access, Bot } from "@/client/types";
import { keys } from "./keys";

const MESSENGERS = ["telegram", "discord", "slack", "whatsapp"];

/** The messengers in which people can say something to the bot just now. */
export function messengersUp(bot: Bot): string[] {
  return MESSENGERS.filter((name) => bot.channels?.[name]?.state === "connected");
}

/** Who may talk to the bot in its messengers. Whoever pairs or asks to is told by the bot's stream (`use-bot.ts`). */
export function useAccess(bot: Bot) {
  return useQuery({
    enabled: messengersUp(bot).length > 0,
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

/** A fresh pairing code; the one before is worth nothing then. */
export function usePair(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.POST("/api/v1/bots/{id}/access/code", { params: { path: { id } } })),
    onSuccess: (access) => cache.setQueryData(keys.access(id), access),
  });
}
