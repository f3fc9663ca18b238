import { useMutation } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { Written } from "@/client/types";
import { useRemember } from "./use-writes";

/** Sets a secret, or deletes it where the value is null; both end in a commit. */
export function useSecret(id: string) {
  const remember = useRemember();
  return useMutation({
    mutationFn: async ({ name, value }: { name: string; value: string | null }) => {
      const params = { path: { id, name } };
      return (await (value === null
        ? body(api.DELETE("/api/v1/bots/{id}/secrets/{name}", { params }))
        : body(api.PUT("/api/v1/bots/{id}/secrets/{name}", { params, body: { value } })))) as Written;
    },
    // A secret that has been sent is not kept in the page's memory.
    gcTime: 0,
    onSuccess: remember,
  });
}
