import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { ApiError } from "@/client/problem";
import { rememberCsrf } from "@/client/session";
import type { Me } from "@/client/types";
import { keys } from "./keys";

async function askMe(): Promise<Me | null> {
  try {
    const me = await body(api.GET("/api/v1/me"));
    rememberCsrf(me.csrf);
    return me;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export const meQuery = queryOptions({ queryKey: keys.me, queryFn: askMe, staleTime: 5 * 60_000 });

/** Who is signed in; null for nobody. */
export function useMe(enabled = true) {
  return useQuery({ ...meQuery, enabled });
}

/** Whether nobody has signed in here yet, undefined until it is known; asked by who is not signed in. */
export function useFirstRun(enabled: boolean): boolean | undefined {
  const door = useQuery({
    enabled,
    queryKey: keys.door,
    queryFn: () => body(api.GET("/api/v1/sign-in")),
    staleTime: 0,
  });
  return door.isPending && enabled ? undefined : door.data?.first_run === true;
}

/** A link's code, or a name with its password. */
export type SignInWith = { code: string } | { name: string; password: string };

export function useSignIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (given: SignInWith) => {
      const signedIn = await body(api.POST("/api/v1/sign-in", { body: given }));
      rememberCsrf(signedIn.csrf);
      // A question asked before, to which nobody is signed in, must not answer this one.
      await cache.cancelQueries({ queryKey: keys.me });
      await cache.fetchQuery({ queryKey: keys.me, queryFn: askMe, staleTime: 0 });
      return signedIn;
    },
  });
}

export function useSignOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await api.POST("/api/v1/sign-out");
    },
    onSettled: () => {
      rememberCsrf(null);
      cache.setQueryData(keys.me, null);
      cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] });
    },
  });
}
