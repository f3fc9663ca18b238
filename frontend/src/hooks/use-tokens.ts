import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { NewToken } from "@/client/types";
import { keys } from "./keys";
import { usePages } from "./use-pages";

export function useTokens() {
  return usePages(keys.tokens, (cursor) =>
    body(api.GET("/api/v1/tokens", { params: { query: { limit: 100, cursor } } })),
  );
}

/** The answer holds the token itself, which nobody can read again. */
export function useMakeToken() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (token: NewToken) => body(api.POST("/api/v1/tokens", { body: token })),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.tokens }),
  });
}

export function useRevoke() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      await api.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } });
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.tokens }),
  });
}
