import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { Member } from "@/client/types";
import { keys } from "./keys";
import { usePages } from "./use-pages";

export function useTeams() {
  return usePages(keys.teams, (cursor) =>
    body(api.GET("/api/v1/teams", { params: { query: { limit: 100, cursor } } })),
  );
}

export function useTeam(name: string) {
  return useQuery({
    queryKey: keys.team(name),
    queryFn: () => body(api.GET("/api/v1/teams/{name}", { params: { path: { name } } })),
  });
}

export function useMakeTeam() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (team: { name: string; take_over: boolean }) =>
      body(api.POST("/api/v1/teams", { body: team })),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.teams });
      // Who made it owns bots under its name from now on.
      void cache.invalidateQueries({ queryKey: keys.me });
    },
  });
}

/** Takes somebody in or gives them another role; null takes them out. */
export function useMember(team: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ user, role }: { user: string; role: Member["role"] | null }) => {
      const params = { path: { name: team, user } };
      return role === null
        ? body(api.DELETE("/api/v1/teams/{name}/members/{user}", { params }))
        : body(api.PUT("/api/v1/teams/{name}/members/{user}", { params, body: { role } }));
    },
    onSuccess: (changed) => {
      cache.setQueryData(keys.team(team), changed);
      void cache.invalidateQueries({ queryKey: keys.teams });
      void cache.invalidateQueries({ queryKey: keys.me });
    },
  });
}
