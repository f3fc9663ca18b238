import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { Bot } from "@/client/types";
import { keys } from "./keys";

/** The link that pairs a person with the bot; undefined while it is not known or not needed. Asking wakes the bot. */
export function usePairingLink(bot: Bot): string | undefined {
  const policy = bot.spec.access?.policy ?? "pairing";
  const access = useQuery({
    enabled: policy === "pairing" && bot.channels?.telegram?.state === "connected",
    queryKey: keys.access(bot.id),
    queryFn: () => body(api.GET("/api/v1/bots/{id}/access", { params: { path: { id: bot.id } } })),
    staleTime: 30_000,
  });
  return access.data?.link ?? undefined;
}
