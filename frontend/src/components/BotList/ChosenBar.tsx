import { useState } from "react";
import { headline } from "@/components/Operation/words";
import { Button } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import type { IconName } from "@/components/ui/Icon";
import { Spinner } from "@/components/ui/Spinner";
import { type BulkAct, MOST_AT_ONCE, useBulk } from "@/hooks/use-bulk";
import type { Chosen } from "@/hooks/use-chosen";
import { isOver, useOperation } from "@/hooks/use-operation";
import { Link } from "@/router";

const ACTS: Record<BulkAct, { verb: string; icon: IconName; text: string }> = {
  pause: {
    verb: "Pause",
    icon: "pause",
    text: "They stop answering. What people write meanwhile waits until they are resumed.",
  },
  resume: { verb: "Resume", icon: "play", text: "They answer again, what was waiting first." },
  restart: {
    verb: "Restart",
    icon: "restart",
    text: "They start afresh at the same commit. Messages on their way are kept.",
  },
  delete: {
    verb: "Delete",
    icon: "trash",
    text: "They stop for good, and their conversations and secrets go with them. Their files can be had back from Git’s history; the rest cannot.",
  },
};
const BAR =
  "fixed inset-x-3 bottom-[calc(4.25rem+env(safe-area-inset-bottom))] z-30 mx-auto flex w-fit max-w-[calc(100vw-1.5rem)] animate-rise items-center gap-1 rounded-xl border border-line bg-paper p-1.5 shadow-float md:bottom-6";

/** What can be done to the chosen bots, as one operation; below them while there are any. */
export function ChosenBar({ chosen, all }: { chosen: Chosen; all: string[] }) {
  const [asked, setAsked] = useState<BulkAct | null>(null);
  const [begun, setBegun] = useState<string | null>(null);
  const bulk = useBulk();
  // One that is gone meanwhile would have the whole refused.
  const ids = all.filter((id) => chosen.ids.has(id));
  const many = ids.length === 1 ? "1 bot" : `${ids.length} bots`;

  function ask(act: BulkAct): void {
    bulk.reset();
    setAsked(act);
  }
  function run(act: BulkAct): void {
    bulk.mutate(
      { act, ids },
      {
        onSuccess: ({ id }) => {
          setBegun(id);
          setAsked(null);
          chosen.set([]);
        },
      },
    );
  }

  if (ids.length === 0 && !asked)
    return begun && <Begun key={begun} id={begun} onClose={() => setBegun(null)} />;
  return (
    <>
      <section aria-label="Selected bots" className={BAR}>
        <p role="status" className="whitespace-nowrap px-2.5 font-medium text-sm">
          {ids.length > MOST_AT_ONCE ? `${ids.length}: at most ${MOST_AT_ONCE} at once` : `${many} selected`}
        </p>
        {Object.entries(ACTS).map(([act, { verb, icon }]) => (
          <Button
            key={act}
            look="quiet"
            size="small"
            icon={icon}
            disabled={ids.length > MOST_AT_ONCE}
            aria-label={verb}
            className={act === "delete" ? "text-stop" : ""}
            onClick={() => ask(act as BulkAct)}
          >
            <span className="hidden sm:inline">{verb}</span>
          </Button>
        ))}
        {ids.length < all.length && (
          <Button look="quiet" size="small" onClick={() => chosen.set(all)}>
            All
          </Button>
        )}
        <Button
          look="quiet"
          size="small"
          icon="cross"
          aria-label="Clear the selection"
          onClick={() => chosen.set([])}
        >
          {""}
        </Button>
      </section>
      {asked && (
        <Confirm
          open
          key={asked}
          title={`${ACTS[asked].verb} ${many}?`}
          verb={`${ACTS[asked].verb} ${many}`}
          danger={asked === "delete"}
          typed={asked === "delete" ? `delete ${ids.length}` : undefined}
          busy={bulk.isPending}
          error={bulk.error}
          onClose={() => setAsked(null)}
          onConfirm={() => run(asked)}
        >
          <p>{ACTS[asked].text}</p>
          <p className="line-clamp-3 break-words font-mono text-faint text-sm">{ids.join(", ")}</p>
        </Confirm>
      )}
    </>
  );
}

/** The operation that was begun, until somebody has seen its end. */
function Begun({ id, onClose }: { id: string; onClose: () => void }) {
  const { data: operation } = useOperation(id);
  if (!operation) return null;
  const over = isOver(operation);
  const step = operation.steps.find((each) => each.state === "running");
  return (
    <section aria-label="Progress" className={`${BAR} pl-4 text-sm`}>
      {!over && <Spinner />}
      <p role="status" className={operation.state === "failed" ? "text-stop" : ""}>
        {headline(operation)}
        {step && !over && <span className="text-faint"> · {step.name}</span>}
      </p>
      <Link to={`/operations/${id}`} className="px-2.5 underline decoration-edge underline-offset-4">
        {over ? "What happened" : "Watch"}
      </Link>
      <Button look="quiet" size="small" icon="cross" aria-label="Close" onClick={onClose}>
        {""}
      </Button>
    </section>
  );
}
