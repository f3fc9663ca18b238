import type { Operation, Step } from "@/client/types";

export interface Timed {
  step: Step;
  /** Milliseconds that the step took, or has taken so far; null before it begins. */
  took: number | null;
}

/** How long each step took: from the step before it to its own end. */
export function timed(operation: Operation, now: number): Timed[] {
  let since = Date.parse(operation.created_at);
  return operation.steps.map((step) => {
    if (step.state === "pending" || step.state === "skipped") return { step, took: null };
    const end = step.state === "running" || !step.at ? now : Date.parse(step.at);
    const took = Math.max(0, end - since);
    since = Math.max(since, end);
    return { step, took };
  });
}
