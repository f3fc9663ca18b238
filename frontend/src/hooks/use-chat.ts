import { useCallback, useEffect, useRef, useState } from "react";
import { api, body } from "@/client/api";
import { intentKey } from "@/client/intent-key";
import { toProblem } from "@/client/problem";
import { type ChatMessage, takeTurn, type Update } from "./take-turn";

export interface Chat {
  messages: ChatMessage[];
  busy: boolean;
  /** Whether an older conversation is still being read back. */
  reading: boolean;
  send: (text: string) => void;
  stop: () => void;
  restart: () => void;
}

/** A conversation on the web channel. It outlives a reload: its name is kept, its text is read back from the bot. */
export function useChat(id: string): Chat {
  const [conversation, setConversation] = useState(() => kept(id));
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  const running = useRef<AbortController | null>(null);
  const [busy, setBusy] = useState(false);
  const [reading, setReading] = useState(() => sessionStorage.getItem(place(id)) !== null);

  useEffect(() => {
    if (sessionStorage.getItem(place(id)) !== conversation) return;
    let wanted = true;
    void readBack(id, conversation).then((old) => {
      if (!wanted) return;
      setMessages((now) => (now.length > 0 ? now : old));
      setReading(false);
    });
    return () => {
      wanted = false;
    };
  }, [id, conversation]);
  useEffect(() => () => running.current?.abort(), []);

  const send = useCallback(
    (text: string) => {
      if (running.current) return;
      const controller = new AbortController();
      running.current = controller;
      setBusy(true);
      keep(id, conversation);
      const reply = message("assistant", "", "streaming");
      setMessages((old) => [...old, message("user", text, "whole"), reply]);
      const update = (part: (old: ChatMessage) => Partial<ChatMessage>) =>
        setMessages((old) => old.map((each) => (each.key === reply.key ? { ...each, ...part(each) } : each)));
      void turn(id, { text, conversation }, controller.signal, update).finally(() => {
        running.current = null;
        setBusy(false);
      });
    },
    [id, conversation],
  );

  return {
    messages,
    busy,
    reading,
    send,
    stop: () => running.current?.abort(),
    restart: () => {
      running.current?.abort();
      sessionStorage.removeItem(place(id));
      setConversation(fresh());
      setMessages([]);
    },
  };
}

async function turn(
  id: string,
  question: { text: string; conversation: string },
  signal: AbortSignal,
  update: Update,
): Promise<void> {
  try {
    await takeTurn(`/api/v1/bots/${encodeURIComponent(id)}/chat`, question, signal, update);
  } catch (error) {
    if (signal.aborted) update(() => ({ state: "stopped" }));
    else update(() => ({ state: "failed", problem: toProblem(error) }));
  }
}

function message(role: ChatMessage["role"], text: string, state: ChatMessage["state"]): ChatMessage {
  return { key: intentKey(), role, text, state };
}

async function readBack(id: string, conversation: string): Promise<ChatMessage[]> {
  try {
    const path = { id, conversation };
    const found = await body(api.GET("/api/v1/bots/{id}/conversations/{conversation}", { params: { path } }));
    return (found.messages ?? [])
      .filter((each) => each.role === "user" || each.role === "assistant")
      .map((each) => message(each.role as ChatMessage["role"], each.text, "whole"));
  } catch {
    // A conversation that has not begun, or that the bot has forgotten, is an empty one.
    return [];
  }
}

function place(id: string): string {
  return `botyard-chat-${id}`;
}

/** A new conversation’s name; the page gives it, so that a stopped first answer is not lost. */
function fresh(): string {
  return `web:${intentKey()}`;
}

function kept(id: string): string {
  return sessionStorage.getItem(place(id)) ?? fresh();
}

function keep(id: string, conversation: string): void {
  sessionStorage.setItem(place(id), conversation);
}
