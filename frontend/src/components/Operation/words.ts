import type { Operation, Step, StepState } from "@/client/types";

type Name = Step["name"];

/** Each step as a person would say it: while it runs, and once it is proven. */
export const STEP_WORDS: Record<Name, { doing: string; done: string }> = {
  accepted: { doing: "Accepting the change", done: "Accepted" },
  committed: { doing: "Committing to Git", done: "Committed to Git" },
  synced: { doing: "The engine is picking it up", done: "Picked up by the engine" },
  started: { doing: "Starting the bot", done: "Started" },
  connected: { doing: "Connecting its channels", done: "Channels connected" },
  answered: { doing: "Waiting for its first reply", done: "It answered" },
  stopped: { doing: "Stopping the bot", done: "Stopped" },
  removed: { doing: "Taking the bot away", done: "Removed" },
};

export const STATE_WORDS: Record<StepState, string> = {
  pending: "not yet",
  running: "running",
  succeeded: "done",
  failed: "failed",
  skipped: "skipped",
};

const KINDS: Record<Operation["kind"], [string, string, string]> = {
  deploy: ["Deploying", "Deployed", "Deploying failed"],
  change: ["Changing", "Changed", "The change failed"],
  delete: ["Deleting", "Deleted", "Deleting failed"],
  pause: ["Pausing", "Paused", "Pausing failed"],
  resume: ["Resuming", "Resumed", "Resuming failed"],
  restart: ["Restarting", "Restarted", "Restarting failed"],
  rollback: ["Rolling back", "Rolled back", "Rolling back failed"],
};

export function headline(operation: Operation): string {
  const [doing, done, failed] = KINDS[operation.kind];
  if (operation.state === "succeeded") return done;
  return operation.state === "failed" ? failed : doing;
}

/** A step that was not needed says why in the words of its kind. */
export function stepTitle(step: Step): string {
  const words = STEP_WORDS[step.name] ?? { doing: step.name, done: step.name };
  if (step.state === "succeeded") return words.done;
  if (step.state === "skipped") return `${words.done}: not needed`;
  return words.doing;
}
