import { useEffect, useRef, useState } from "react";
import { intentKey } from "@/client/intent-key";
import { toProblem } from "@/client/problem";
import type { Spec } from "@/client/types";
import { type ChatMessage, takeTurn, type Update } from "./take-turn";

export interface Trial {
  spec: Spec;
  secrets: Record<string, string>;
  /** A bot whose sealed secrets may be used, where there is one already. */
  bot?: string;
}

/** A conversation with a specification as it stands, of which nothing is kept; each question takes it as it is then. */
export function useTry(trial: Trial) {
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function ask(text: string): Promise<void> {
    if (running.current) return;
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    const asked: ChatMessage = { key: intentKey(), role: "user", text, state: "whole" };
    const reply: ChatMessage = { key: intentKey(), role: "assistant", text: "", state: "streaming" };
    const before = messages.filter((each) => each.text && each.state !== "failed");
    setMessages([...messages, asked, reply]);
    const update: Update = (part) =>
      setMessages((old) => old.map((each) => (each.key === reply.key ? { ...each, ...part(each) } : each)));
    try {
      const spec = { ...trial.spec, name: trial.spec.name || "draft" };
      const said = [...before, asked].map(({ role, text: words }) => ({ role, text: words }));
      await takeTurn("/api/v1/try", { ...trial, spec, messages: said }, controller.signal, update);
    } catch (error) {
      if (controller.signal.aborted) update(() => ({ state: "stopped" }));
      else update(() => ({ state: "failed", problem: problemFor(error) }));
    }
    running.current = null;
    setBusy(false);
  }
  return {
    messages,
    busy,
    ask: (text: string) => void ask(text),
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      setMessages([]);
    },
  };
}

/** What is wrong with the specification is told where it was tried. */
function problemFor(error: unknown) {
  const problem = toProblem(error);
  const first = problem.errors?.[0];
  return first ? { ...problem, detail: `${first.pointer.replace("/spec", "")}: ${first.detail}` } : problem;
}
