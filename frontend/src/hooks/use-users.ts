import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { NewUser } from "@/client/types";
import { keys } from "./keys";
import { usePages } from "./use-pages";

export function useUsers() {
  return usePages(keys.users, (cursor) =>
    body(api.GET("/api/v1/users", { params: { query: { limit: 100, cursor } } })),
  );
}

export function useLetIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (user: Pick<NewUser, "name" | "email" | "operator">) =>
      body(api.POST("/api/v1/users", { body: { ...user, take_over: false } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.users }),
  });
}

export function useDisable() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ name, disabled }: { name: string; disabled: boolean }) =>
      body(api.PATCH("/api/v1/users/{name}", { params: { path: { name } }, body: { disabled } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.users }),
  });
}

/** A link that signs a person in once, within ten minutes. */
export function useSignInLink() {
  return useMutation({
    mutationFn: (name: string) =>
      body(api.POST("/api/v1/users/{name}/sign-in-link", { params: { path: { name } } })),
  });
}
