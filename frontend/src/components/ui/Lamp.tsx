import type { Phase } from "@/client/types";

/** A signal lamp says a phase by shape and by colour, so that either alone is enough. */
const LAMPS: Record<
  Phase,
  { word: string; tone: string; draw: "disc" | "ring" | "bars" | "half" | "diamond"; hint?: string }
> = {
  live: { word: "Live", tone: "text-go", draw: "disc" },
  idle: {
    word: "Idle",
    tone: "text-go",
    draw: "ring",
    hint: "Nothing to do and no process of its own; a message wakes it.",
  },
  pending: { word: "Waiting", tone: "text-work", draw: "half" },
  deploying: { word: "Deploying", tone: "text-work", draw: "half" },
  deleting: { word: "Deleting", tone: "text-work", draw: "half" },
  paused: { word: "Paused", tone: "text-faint", draw: "bars" },
  held: { word: "Held back", tone: "text-work", draw: "diamond" },
  degraded: { word: "Degraded", tone: "text-work", draw: "diamond" },
  failed: { word: "Failed", tone: "text-stop", draw: "diamond" },
};

export function Lamp({ phase, className = "" }: { phase: Phase; className?: string }) {
  const { word, tone, draw, hint } = LAMPS[phase];
  return (
    <span
      title={hint}
      className={`inline-flex items-center gap-2 whitespace-nowrap font-medium ${tone} ${className}`}
    >
      <svg
        viewBox="0 0 12 12"
        className={`size-3 shrink-0 ${draw === "half" ? "animate-breathe" : ""}`}
        aria-hidden="true"
      >
        {draw === "disc" && <circle cx="6" cy="6" r="5" fill="currentColor" />}
        {draw === "ring" && <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />}
        {draw === "bars" && (
          <path d="M4 2v8M8 2v8" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />
        )}
        {draw === "diamond" && <path d="M6 .5 11.5 6 6 11.5.5 6z" fill="currentColor" />}
        {draw === "half" && (
          <>
            <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />
            <path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor" />
          </>
        )}
      </svg>
      {word}
    </span>
  );
}
