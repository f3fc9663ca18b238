import { ApiError, isProblem } from "@/client/problem";
import { postEvents } from "@/client/stream";
import type { Problem } from "@/client/types";

export interface ChatMessage {
  key: string;
  role: "user" | "assistant";
  text: string;
  state: "whole" | "streaming" | "stopped" | "failed";
  problem?: Problem;
}

export type Update = (part: (old: ChatMessage) => Partial<ChatMessage>) => void;

/** Asks, and fills the answer in as it comes; throws where it does not come to its end. */
export async function takeTurn(
  url: string,
  question: unknown,
  signal: AbortSignal,
  update: Update,
): Promise<void> {
  for await (const { event, data } of postEvents(url, question, signal)) {
    const said = data as { text?: string; problem?: unknown };
    if (event === "delta") update((old) => ({ text: old.text + (said.text ?? "") }));
    if (event === "error")
      throw new ApiError(502, isProblem(said.problem) ? said.problem : { title: "It did not answer" });
    if (event !== "done") continue;
    update(() => ({ text: said.text ?? "", state: "whole" }));
    return;
  }
  throw new TypeError("the stream broke off");
}
