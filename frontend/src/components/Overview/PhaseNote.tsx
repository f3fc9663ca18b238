import type { Bot } from "@/client/types";
import { Lamp } from "@/components/ui/Lamp";
import { Prose } from "@/components/ui/Prose";

/** Why a bot is not simply live, and what to do about it. */
export function PhaseNote({ bot }: { bot: Bot }) {
  const { phase, reason, next_step: next } = bot.status;
  if (!reason || phase === "live" || phase === "idle" || phase === "deploying" || phase === "pending")
    return null;
  const wash =
    phase === "failed"
      ? "border-stop/35 bg-stop-wash"
      : phase === "paused"
        ? "border-line bg-paper"
        : "border-work/35 bg-work-wash";
  return (
    <section aria-label="Status" className={`grid gap-1 rounded-xl border px-5 py-4 ${wash}`}>
      <Lamp phase={phase} />
      <p className="break-words first-letter:uppercase">
        <Prose text={reason} />
      </p>
      {next && (
        <p className="break-words font-medium">
          <Prose text={next} />
        </p>
      )}
    </section>
  );
}
