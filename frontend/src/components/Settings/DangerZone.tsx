import { useState } from "react";
import type { Bot } from "@/client/types";
import { AskAct } from "@/components/Overview/AskAct";
import { Button } from "@/components/ui/Button";

/** What cannot be taken back, apart from the rest. */
export function DangerZone({ bot }: { bot: Bot }) {
  const [asking, setAsking] = useState(false);
  return (
    <section
      aria-label="Danger zone"
      className="mt-4 flex flex-wrap items-center justify-between gap-4 rounded-xl border border-stop/35 p-4 sm:p-5"
    >
      <div className="min-w-0 basis-72 grow">
        <h2 className="font-semibold tracking-tight">Delete this bot</h2>
        <p className="text-soft text-sm">
          It stops for good. Its file stays in Git’s history; conversations and secrets do not.
        </p>
      </div>
      <Button look="danger" onClick={() => setAsking(true)}>
        Delete {bot.name}
      </Button>
      {asking && <AskAct bot={bot} asked="delete" onClose={() => setAsking(false)} />}
    </section>
  );
}
