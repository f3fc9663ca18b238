import { useEffect, useRef, useState } from "react";
import { intentKey } from "@/client/intent-key";
import { type ApiError, problemOf, toProblem } from "@/client/problem";
import { type ChatMessage, takeTurn, type Update } from "./take-turn";

export interface About {
  id: string;
  name: string;
  description: string | null;
  template: string | null;
}

/** Whom a visitor talks to; null while it is asked, an error where there is no public chat. */
export function useAbout(): About | ApiError | null {
  const [about, setAbout] = useState<About | ApiError | null>(null);
  useEffect(() => {
    void fetch(`${location.pathname}/about`).then(async (answer) =>
      setAbout(answer.ok ? ((await answer.json()) as About) : await problemOf(answer)),
    );
  }, []);
  return about;
}

interface Visit {
  conversation: string;
  messages: ChatMessage[];
}

/** A visitor's conversation. It is kept in this tab alone: no one else's browser shows it again. */
export function useVisit() {
  const [visit, setVisit] = useState<Visit>(kept);
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  useEffect(() => keep(visit), [visit]);

  async function ask(text: string): Promise<void> {
    if (running.current) return;
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    const asked: ChatMessage = { key: intentKey(), role: "user", text, state: "whole" };
    const reply: ChatMessage = { key: intentKey(), role: "assistant", text: "", state: "streaming" };
    setVisit((old) => ({ ...old, messages: [...old.messages, asked, reply] }));
    const update: Update = (part) =>
      setVisit((old) => ({
        ...old,
        messages: old.messages.map((each) => (each.key === reply.key ? { ...each, ...part(each) } : each)),
      }));
    try {
      const question = { text, conversation: visit.conversation };
      await takeTurn(`${location.pathname}/chat`, question, controller.signal, update);
    } catch (error) {
      if (controller.signal.aborted) update(() => ({ state: "stopped" }));
      else update(() => ({ state: "failed", problem: toProblem(error) }));
    }
    running.current = null;
    setBusy(false);
  }
  return {
    messages: visit.messages,
    busy,
    ask: (text: string) => void ask(text),
    stop: () => running.current?.abort(),
    restart: () => {
      running.current?.abort();
      setVisit({ conversation: intentKey(), messages: [] });
    },
  };
}

const PLACE = "botyard-visit";

/** In a frame of another site a browser may refuse to keep anything; then a reload begins anew. */
function kept(): Visit {
  try {
    const found = sessionStorage.getItem(PLACE + location.pathname);
    if (found) return JSON.parse(found) as Visit;
  } catch {
    // Nothing is kept.
  }
  return { conversation: intentKey(), messages: [] };
}

function keep(visit: Visit): void {
  const messages = visit.messages.filter((each) => each.state === "whole" || each.state === "stopped");
  try {
    sessionStorage.setItem(PLACE + location.pathname, JSON.stringify({ ...visit, messages }));
  } catch {
    // Nothing is kept.
  }
}
