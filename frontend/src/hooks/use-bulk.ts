import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { intentKey } from "@/client/intent-key";
import type { Operation, Spec } from "@/client/types";
import { keys } from "./keys";

export type BulkAct = "pause" | "resume" | "restart" | "delete";

/** The API’s largest bulk write. */
export const MOST_AT_ONCE = 1_000;

/** One act on many bots as one operation: all of them or, when one is refused, none. */
export function useBulk() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ act, ids }: { act: BulkAct; ids: string[] }): Promise<Operation> => {
      const spec = patchOf(act);
      const items = ids.map((id) =>
        spec ? { op: "update" as const, id, spec } : { op: "delete" as const, id },
      );
      const headers = { "Idempotency-Key": intentKey() };
      return (await body(api.POST("/api/v1/bulk", { body: items, headers }))).operation;
    },
    onSuccess: (operation) => cache.setQueryData(keys.operation(operation.id), operation),
  });
}

function patchOf(act: BulkAct): Spec | null {
  switch (act) {
    case "pause":
      return { paused: true };
    case "resume":
      return { paused: false };
    case "restart":
      return { restart: new Date().toISOString() };
    case "delete":
      return null;
  }
}
