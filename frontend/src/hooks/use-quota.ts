import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { intentKey } from "@/client/intent-key";
import type { OwnerQuota, Quota } from "@/client/types";
import { keys } from "./keys";

export interface Whose {
  kind: "user" | "team";
  name: string;
}

/** What an owner's bots may have together, and have; `known` is what was told with something else. */
export function useQuota({ kind, name }: Whose, known?: OwnerQuota | null) {
  const params = { path: { name } };
  return useQuery({
    // Null is known as well: nothing is limited.
    enabled: known !== null,
    initialData: known ?? undefined,
    queryKey: keys.quota(name),
    queryFn: () =>
      kind === "team"
        ? body(api.GET("/api/v1/teams/{name}/quota", { params }))
        : body(api.GET("/api/v1/users/{name}/quota", { params })),
  });
}

/** Another quota, whole, as a commit; waited for as long as a commit takes. */
export function useSetQuota({ kind, name }: Whose) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (quota: Quota) => {
      const headers = { "Idempotency-Key": intentKey(), Prefer: "wait=30" };
      const asked = { params: { path: { name } }, headers, body: quota };
      const written =
        kind === "team"
          ? await body(api.PUT("/api/v1/teams/{name}/quota", asked))
          : await body(api.PUT("/api/v1/users/{name}/quota", asked));
      return written.quota;
    },
    onSuccess: (quota) => {
      cache.setQueryData(keys.quota(name), quota);
      void cache.invalidateQueries({ queryKey: keys.me });
    },
  });
}
