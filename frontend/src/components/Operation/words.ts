import type { Operation, Step, StepState } from "@/client/types";

type Name = Step["name"];

/** Each step as a person would say it: by its name, while it runs, and once it is proven. */
export const STEP_WORDS: Record<Name, { name: string; doing: string; done: string }> = {
  accepted: { name: "Acceptance", doing: "Accepting the change", done: "Accepted" },
  committed: { name: "Commit", doing: "Committing to Git", done: "Committed to Git" },
  synced: { name: "Engine", doing: "Handing it to the engine", done: "Picked up by the engine" },
  started: { name: "Start", doing: "Starting the bot", done: "Started" },
  connected: { name: "Channels", doing: "Connecting its channels", done: "Channels connected" },
  answered: { name: "First reply", doing: "Waiting for its first reply", done: "It answered" },
  stopped: { name: "Stop", doing: "Stopping the bot", done: "Stopped" },
  removed: { name: "Removal", doing: "Taking the bot away", done: "Removed" },
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
  bulk: ["Changing many bots", "Changed many bots", "Changing many bots failed"],
  quota: ["Setting the quota", "Set the quota", "Setting the quota failed"],
};

export function headline(operation: Operation): string {
  const [doing, done, failed] = KINDS[operation.kind];
  if (operation.state === "succeeded") return done;
  return operation.state === "failed" ? failed : doing;
}

/** A step that was left out says whether it was not needed or not reached. */
export function stepTitle(step: Step, state: Operation["state"]): string {
  const words = STEP_WORDS[step.name] ?? { name: step.name, doing: step.name, done: step.name };
  if (step.state === "succeeded") return words.done;
  if (step.state === "skipped") return `${words.name}: ${state === "failed" ? "not reached" : "not needed"}`;
  return words.doing;
}

/** Where a failed operation came to its end, as a heading. */
export function stoppedAt(step: string): string {
  const doing = STEP_WORDS[step as Name]?.doing;
  return doing
    ? `It stopped while ${doing.charAt(0).toLowerCase()}${doing.slice(1)}`
    : `It stopped at: ${step}`;
}
