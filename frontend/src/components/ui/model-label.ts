import type { ModelSpec } from "@/client/types";

/** A bot's model in a word or two. The embedded brain is always called a demo, so that nobody takes it for more. */
export function modelLabel(model: ModelSpec | null | undefined): string {
  if (!model || model.provider === "embedded") return "demo brain";
  return model.name || model.provider;
}
