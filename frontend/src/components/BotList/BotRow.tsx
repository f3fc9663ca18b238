import { Link } from "react-router";
import type { Bot } from "@/client/types";
import { ChannelIcons } from "@/components/ui/ChannelIcons";
import { Lamp } from "@/components/ui/Lamp";
import { Mark } from "@/components/ui/Mark";
import { modelLabel } from "@/components/ui/model-label";

/** One bot in the list. The whole row leads to it; on a phone it folds into two lines. */
export function BotRow({ bot }: { bot: Bot }) {
  const { phase, reason } = bot.status;
  const trouble = reason && phase !== "live" && phase !== "idle";
  return (
    <li className="relative grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-4 transition hover:bg-sunk/50 sm:px-5 md:grid-cols-[auto_minmax(0,1fr)_11rem_3.5rem_8rem]">
      <Mark id={bot.id} className="size-11" />
      <div className="min-w-0">
        <Link
          to={`/bots/${bot.id}`}
          className="block truncate font-medium no-underline after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus focus-visible:after:-outline-offset-2"
        >
          <span className="text-faint">{bot.owner}.</span>
          {bot.name}
        </Link>
        <p className={`truncate text-sm ${trouble ? "text-ink" : "text-faint"}`}>
          {trouble ? reason : bot.spec.description || bot.spec.instructions}
        </p>
      </div>
      <p className="hidden truncate text-soft text-sm md:block">{modelLabel(bot.spec.model)}</p>
      <ChannelIcons bot={bot} className="hidden md:flex" />
      <Lamp phase={phase} className="text-sm md:justify-self-start" />
    </li>
  );
}
