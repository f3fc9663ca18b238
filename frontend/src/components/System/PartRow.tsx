import type { Part } from "@/client/types";
import { Prose } from "@/components/ui/Prose";
import { Standing } from "./Standing";

/** What each is for, where it has nothing else to say. */
const PURPOSES: Record<string, string> = {
  control: "The API and this page",
  database: "Accounts, operations and what is known of bots",
  committer: "Makes requests into commits",
  hive: "Runs the bots of this machine",
  engine: "Makes what runs match the fleet repository",
  keeper: "Holds opened secrets in memory",
  launcher: "Starts a bot’s process when a message comes",
  dispatcher: "Keeps the inbox and the order of messages",
  receiver: "Takes webhooks and web chats in",
  listeners: "Polls Telegram, holds connections",
  brain: "The small model for trying things",
  "manager bot": "Makes bots in Telegram by a tap on a link",
  gateway: "The one port for all of it",
};

/** One part of the installation: whether it works, what it takes, how often it had to be started again. */
export function PartRow({ part }: { part: Part }) {
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 px-4 py-3 sm:px-5 md:grid-cols-[9rem_6.5rem_minmax(0,1fr)_6rem_5rem]">
      <p className="font-medium">{part.name}</p>
      <Standing state={part.state} />
      <p className="min-w-0 break-words text-faint text-sm max-md:col-span-2">
        <Prose text={part.detail || PURPOSES[part.name.replace(/-\d+$/, "")]} />
      </p>
      <p className="text-right text-sm max-md:hidden">
        {part.restarts ? <span className="text-work">{part.restarts} restarts</span> : ""}
      </p>
      <p className="text-right font-mono text-faint text-sm tabular-nums max-md:hidden">
        {part.memory_mib == null ? "" : `${part.memory_mib.toFixed(0)} MiB`}
      </p>
    </li>
  );
}
