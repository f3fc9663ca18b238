import type { Bot } from "@/client/types";
import { ButtonLink } from "@/components/ui/Button";
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
    <section aria-label="Status" className={`grid gap-1 rounded-xl border px-4 py-4 sm:px-5 ${wash}`}>
      <Lamp phase={phase} />
      <p className="break-words first-letter:uppercase">
        <Prose text={reason} />
      </p>
      {next && (
        <p className="break-words font-medium">
          <Prose text={next} />
        </p>
      )}
      {phase !== "paused" && phase !== "deleting" && (
        <div className="mt-2 flex flex-wrap gap-2">
          <ButtonLink to={`/bots/${bot.id}/settings`} look="solid" size="small">
            Fix in settings
          </ButtonLink>
          <ButtonLink to={`/bots/${bot.id}/logs`} size="small">
            Read the logs
          </ButtonLink>
        </div>
      )}
    </section>
  );
}
