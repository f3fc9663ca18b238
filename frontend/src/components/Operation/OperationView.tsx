import type { Operation } from "@/client/types";
import { BackLink } from "@/components/ui/BackLink";
import { ButtonLink } from "@/components/ui/Button";
import { Mark } from "@/components/ui/Mark";
import { lasted } from "@/components/ui/Time";
import { isOver } from "@/hooks/use-operation";
import { useTitle } from "@/hooks/use-title";
import { FailureNote } from "./FailureNote";
import { MeetBot } from "./MeetBot";
import { Track } from "./Track";
import { headline } from "./words";

/** One change from request to proof, and what to do once it is proven. */
export function OperationView({ operation, connected }: { operation: Operation; connected: boolean }) {
  const title = headline(operation);
  const named = operation.bot ?? "many bots";
  // Where it leads: to the one bot that it is of, if there is one afterwards, and else to all of them.
  const bot = operation.kind === "delete" && operation.state === "succeeded" ? null : operation.bot;
  useTitle(`${title} ${named}`);
  return (
    <div className="mx-auto grid w-full max-w-text gap-6 pt-4 pb-7 sm:pt-6 sm:pb-10">
      <BackLink to={bot ? `/bots/${bot}` : "/"}>{bot ?? "Bots"}</BackLink>
      <div className="flex items-center gap-4">
        <Mark id={named} className={`size-14 rounded-xl ${isOver(operation) ? "" : "animate-breathe"}`} />
        <div className="min-w-0">
          <h1 className="font-semibold text-xl tracking-tight sm:text-2xl">{title}</h1>
          <p className="truncate font-mono text-soft text-sm">{named}</p>
        </div>
        <p className="ml-auto shrink-0 whitespace-nowrap text-faint text-sm">{total(operation)}</p>
      </div>
      {!connected && (
        <p role="status" className="rounded-md bg-work-wash px-4 py-2 text-sm text-work">
          The live view was interrupted; the work goes on. Reconnecting …
        </p>
      )}
      <section
        aria-label="Progress"
        className="rounded-xl border border-line bg-paper p-4 shadow-card sm:p-6"
      >
        <Track operation={operation} />
      </section>
      <FailureNote operation={operation} />
      {operation.state === "succeeded" && (bot ? <MeetBot id={bot} /> : <AllBots />)}
    </div>
  );
}

function total(operation: Operation): string {
  if (!operation.finished_at) return "";
  const took = lasted(Date.parse(operation.finished_at) - Date.parse(operation.created_at));
  return took ? `in ${took}` : "at once";
}

function AllBots() {
  return (
    <div>
      <ButtonLink to="/" look="solid">
        All bots
      </ButtonLink>
    </div>
  );
}
