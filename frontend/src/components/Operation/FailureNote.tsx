import type { Operation } from "@/client/types";
import { ButtonLink } from "@/components/ui/Button";
import { Icon } from "@/components/ui/Icon";
import { Prose } from "@/components/ui/Prose";
import { stoppedAt } from "./words";

/** At which step it failed, why, and what to do. */
export function FailureNote({ operation }: { operation: Operation }) {
  const { error } = operation;
  if (!error) return null;
  const gone = operation.kind === "delete";
  return (
    <section role="alert" className="animate-rise rounded-xl border border-stop/35 bg-stop-wash p-4 sm:p-5">
      <h2 className="flex items-start gap-2 font-semibold text-stop">
        <Icon name="warn" className="mt-0.5" />
        {stoppedAt(error.step)}
      </h2>
      <div className="mt-2 grid gap-2 pl-7">
        {error.detail && (
          <p className="break-words">
            <Prose text={error.detail} />
          </p>
        )}
        {error.next_step && (
          <p className="break-words font-medium">
            <Prose text={error.next_step} />
          </p>
        )}
        {error.errors?.map((field) => (
          <p key={field.pointer} className="break-words text-sm">
            <code className="font-mono">{field.pointer}</code> {field.detail}
          </p>
        ))}
        {!gone && operation.bot && (
          <div className="mt-1 flex flex-wrap gap-2">
            <ButtonLink to={`/bots/${operation.bot}/settings`} look="solid" size="small">
              Fix in settings
            </ButtonLink>
            <ButtonLink to={`/bots/${operation.bot}/logs`} size="small">
              Read the logs
            </ButtonLink>
          </div>
        )}
      </div>
    </section>
  );
}
