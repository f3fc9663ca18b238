/** Bots that are made in Telegram by a tap on a link, where the operator has set up a manager bot. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, body } from "@/client/api";
import { openFeed } from "@/client/events";
import type { ManagedBot } from "@/client/types";
import { keys } from "./keys";
import type { Deployment } from "./use-writes";

const OVER: ReadonlySet<string> = new Set(["live", "failed", "expired"]);

/** Whether there is a manager bot that works; false until it is known. */
export function useHasManager(): boolean {
  const { data } = useQuery({
    queryKey: keys.manager,
    queryFn: async () =>
      (await body(api.GET("/api/v1/system"))).parts.some(
        ({ name, state }) => name === "manager bot" && state === "ok",
      ),
    staleTime: 60_000,
  });
  return data ?? false;
}

/** Makes a link in place of a deploy; the link itself is told this once. */
export function useMakeLink() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (deployment: Deployment) => {
      const made = await body(api.POST("/api/v1/managed-bots", { body: { ...deployment, dry_run: false } }));
      if (!("link" in made)) throw new Error("Botyard answered with the preview of a deploy");
      return made;
    },
    onSuccess: ({ link: _link, ...made }) => cache.setQueryData(keys.managedBot(made.id), made),
  });
}

/** Takes a link back before anybody has made a bot by it. */
export function useTakeBack(id: string) {
  return useMutation({
    mutationFn: async () => {
      await api.DELETE("/api/v1/managed-bots/{id}", { params: { path: { id } } });
    },
  });
}

/** How far it has come, live until it is over: what happens next happens in Telegram. */
export function useManagedBot(id: string) {
  const cache = useQueryClient();
  const query = useQuery({
    queryKey: keys.managedBot(id),
    queryFn: (): Promise<ManagedBot> =>
      body(api.GET("/api/v1/managed-bots/{id}", { params: { path: { id } } })),
    staleTime: 0,
  });
  const running = query.data !== undefined && !OVER.has(query.data.state);
  useEffect(() => {
    if (!running) return;
    const feed = openFeed(`/api/v1/managed-bots/${encodeURIComponent(id)}/events`, {
      link: (data) => cache.setQueryData(keys.managedBot(id), data as ManagedBot),
      deleted: () => {
        feed.close();
        void cache.invalidateQueries({ queryKey: keys.managedBot(id) });
      },
    });
    return () => feed.close();
  }, [cache, id, running]);
  return query;
}
