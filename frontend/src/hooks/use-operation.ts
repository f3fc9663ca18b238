import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, body } from "@/client/api";
import { openFeed } from "@/client/events";
import { ApiError } from "@/client/problem";
import type { Operation } from "@/client/types";
import { keys } from "./keys";

export function isOver(operation: Operation): boolean {
  return operation.state === "succeeded" || operation.state === "failed";
}

/** One operation, live until it is over. A reload or a dropped stream shows it as it is and goes on. */
export function useOperation(id: string | null | undefined) {
  const cache = useQueryClient();
  const [connected, setConnected] = useState(true);
  const query = useQuery({
    enabled: Boolean(id),
    queryKey: keys.operation(id ?? ""),
    queryFn: () => body(api.GET("/api/v1/operations/{id}", { params: { path: { id: id ?? "" } } })),
    retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 5,
  });
  const running = query.data !== undefined && !isOver(query.data);
  useEffect(() => {
    if (!id || !running) return;
    return follow(cache, id, setConnected);
  }, [cache, id, running]);
  return { ...query, connected: connected || !running };
}

function follow(cache: QueryClient, id: string, connected: (up: boolean) => void): () => void {
  function hear(data: unknown): void {
    const { operation } = data as { operation: Operation };
    cache.setQueryData(keys.operation(id), operation);
    if (!isOver(operation)) return;
    feed.close();
    if (operation.kind !== "delete" && operation.bot)
      void cache.invalidateQueries({ queryKey: keys.bot(operation.bot) });
  }
  const feed = openFeed(
    `/api/v1/operations/${encodeURIComponent(id)}/events`,
    { operation: hear },
    connected,
  );
  return () => feed.close();
}
