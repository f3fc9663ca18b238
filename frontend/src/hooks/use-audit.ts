import { api, body } from "@/client/api";
import { keys } from "./keys";
import { usePages } from "./use-pages";

/** Who did what, newest first; of one bot if it is named. */
export function useAudit(bot: string) {
  return usePages(keys.audit(bot), (cursor) =>
    body(api.GET("/api/v1/audit", { params: { query: { limit: 50, cursor, bot: bot || undefined } } })),
  );
}
