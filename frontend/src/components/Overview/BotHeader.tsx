import type { Bot } from "@/client/types";
import { CopyButton } from "@/components/ui/CopyButton";
import { Lamp } from "@/components/ui/Lamp";
import { Mark } from "@/components/ui/Mark";
import { BotActions } from "./BotActions";

export function BotHeader({ bot }: { bot: Bot }) {
  return (
    <div className="flex items-center gap-4">
      <Mark id={bot.id} className="size-13 rounded-xl" />
      <div className="min-w-0 grow">
        <div className="flex flex-wrap items-baseline gap-x-4">
          <h1 className="break-words font-semibold text-xl tracking-tight sm:text-2xl">{bot.name}</h1>
          <Lamp phase={bot.status.phase} className="text-sm" />
        </div>
        <p className="flex h-6 items-center gap-0.5 font-mono text-faint text-sm">
          <span className="truncate">{bot.id}</span>
          <CopyButton text={bot.id} label="Copy the id" className="-my-1" />
        </p>
      </div>
      <BotActions bot={bot} />
    </div>
  );
}
