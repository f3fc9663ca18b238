import { useEffect, useRef, useState } from "react";
import { openFeed } from "@/client/events";
import type { LogLine } from "@/client/types";

const MOST = 1_000;

/** A bot's log as it is written. While paused, lines are held back and come when it goes on. */
export function useLogs(id: string, level: string, paused: boolean) {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [connected, setConnected] = useState(false);
  const held = useRef<LogLine[]>([]);
  const pausedNow = useRef(paused);

  useEffect(() => {
    setLines([]);
    held.current = [];
    // A stream that begins anew tells again what it told before.
    const told = new Set<string>();
    const show = () => {
      if (pausedNow.current || held.current.length === 0) return;
      const fresh = held.current.splice(0);
      setLines((old) => [...old, ...fresh].slice(-MOST));
    };
    // Lines come by the hundred at first; drawing them together keeps the page quick.
    const timer = setInterval(show, 120);
    const query = new URLSearchParams({ follow: "true", level });
    const feed = openFeed(
      `/api/v1/bots/${encodeURIComponent(id)}/logs?${query}`,
      {
        log: (data, { lastEventId }) => {
          const key = lastEventId || String(told.size);
          if (told.has(key)) return;
          told.add(key);
          held.current.push(lineOf(data, key));
        },
      },
      setConnected,
    );
    return () => {
      clearInterval(timer);
      feed.close();
    };
  }, [id, level]);
  useEffect(() => {
    pausedNow.current = paused;
  }, [paused]);
  return { lines, connected };
}

function lineOf(data: unknown, key: string): LogLine {
  const { at, level, event, bot: _bot, id: _id, ...fields } = data as Record<string, unknown>;
  const told = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== ""),
  );
  return { key, at: String(at), level: String(level), event: String(event), fields: told };
}
