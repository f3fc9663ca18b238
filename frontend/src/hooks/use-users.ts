import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { ChangeUser, Me, NewUser } from "@/client/types";
import { keys } from "./keys";
import { useSignIn } from "./use-me";
import { usePages } from "./use-pages";

export function useUsers() {
  return usePages(keys.users, (cursor) =>
    body(api.GET("/api/v1/users", { params: { query: { limit: 100, cursor } } })),
  );
}

export function useUser(name: string) {
  return useQuery({
    queryKey: keys.user(name),
    queryFn: () => body(api.GET("/api/v1/users/{name}", { params: { path: { name } } })),
  });
}

export function useLetIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (user: Pick<NewUser, "name" | "email" | "operator">) =>
      body(api.POST("/api/v1/users", { body: { ...user, take_over: false } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.users }),
  });
}

/** Another email or role, or shutting somebody out and letting them in again. */
export function useChangeUser() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ name, change }: { name: string; change: ChangeUser }) =>
      body(api.PATCH("/api/v1/users/{name}", { params: { path: { name } }, body: change })),
    onSuccess: (user) => {
      void cache.invalidateQueries({ queryKey: keys.users });
      cache.setQueryData(keys.user(user.name), user);
      cache.setQueryData<Me | null>(
        keys.me,
        (me) => me && (me.user.name === user.name ? { ...me, user } : me),
      );
    },
  });
}

interface NewPassword {
  name: string;
  password: string;
  old: string | null;
}

/** Sets a password, which ends the user's sessions; one's own is begun anew with it. */
export function usePassword(self: boolean) {
  const signIn = useSignIn();
  return useMutation({
    mutationFn: async ({ name, ...given }: NewPassword) => {
      await api.PUT("/api/v1/users/{name}/password", { params: { path: { name } }, body: given });
      if (self) await signIn.mutateAsync({ name, password: given.password });
    },
    // The password is not kept in the page's memory.
    gcTime: 0,
  });
}

/** A link that signs a person in once, within ten minutes. */
export function useSignInLink() {
  return useMutation({
    mutationFn: (name: string) =>
      body(api.POST("/api/v1/users/{name}/sign-in-link", { params: { path: { name } } })),
  });
}
