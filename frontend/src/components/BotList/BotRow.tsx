import { type KeyboardEvent, memo, useRef } from "react";
import type { Bot } from "@/client/types";
import { ChannelIcons } from "@/components/ui/ChannelIcons";
import { Icon } from "@/components/ui/Icon";
import { Lamp } from "@/components/ui/Lamp";
import { Mark } from "@/components/ui/Mark";
import { modelLabel } from "@/components/ui/model-label";
import { Time } from "@/components/ui/Time";
import { Link } from "@/router";
import { Sparkline } from "./Sparkline";

interface Props {
  bot: Bot;
  chosen: boolean;
  onChoose: (id: string, upTo: boolean) => void;
}

/** One bot in the list. The whole row leads to it; its face is the box that chooses it. */
export const BotRow = memo(function BotRow({ bot, chosen, onChoose }: Props) {
  const { phase, reason } = bot.status;
  const trouble = reason && phase !== "live" && phase !== "idle";
  function press(event: KeyboardEvent): void {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onChoose(bot.id, false);
  }
  return (
    <div
      className={`relative grid h-full grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-4 px-4 transition-colors sm:px-5 md:grid-cols-[auto_minmax(0,1fr)_5.5rem_4rem_7rem_7.5rem] ${chosen ? "bg-sunk" : "hover:bg-sunk/50"}`}
    >
      <Face id={bot.id} chosen={chosen} onChoose={onChoose} />
      <div className="min-w-0">
        <Link
          to={`/bots/${bot.id}`}
          data-row={bot.id}
          onKeyDown={press}
          className="block truncate font-medium no-underline after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus focus-visible:after:-outline-offset-2"
        >
          <span className="text-faint">{bot.owner}.</span>
          {bot.name}
        </Link>
        <p className={`truncate text-sm ${trouble ? "text-ink first-letter:uppercase" : "text-faint"}`}>
          {trouble ? (
            reason
          ) : (
            <>
              <span className="text-soft">{modelLabel(bot.spec.model)}</span>
              {" · "}
              {bot.spec.description || bot.spec.instructions}
            </>
          )}
        </p>
      </div>
      <Sparkline turns={bot.activity.turns} className="hidden md:block" />
      <ChannelIcons bot={bot} className="hidden md:flex" />
      <p className="hidden truncate text-faint text-sm md:block">
        {bot.activity.last_at ? <Time at={bot.activity.last_at} /> : "no turns yet"}
      </p>
      <div className="grid justify-items-end gap-0.5 md:justify-items-start">
        <Lamp phase={phase} className="text-sm" />
        {bot.activity.last_at && <Time at={bot.activity.last_at} className="text-faint text-xs md:hidden" />}
      </div>
    </div>
  );
});

/** As in the mail clients of phones: the face turns into a box under the pointer, the keyboard, or once ticked. */
function Face({ id, chosen, onChoose }: { id: string; chosen: boolean; onChoose: Props["onChoose"] }) {
  // A click on the label reaches the box without the keys that were held.
  const upTo = useRef(false);
  return (
    <label
      onPointerDown={(event) => {
        upTo.current = event.shiftKey;
      }}
      className="group relative z-10 -m-2 grid size-15 cursor-pointer select-none place-items-center"
    >
      <input
        type="checkbox"
        aria-label={`Select ${id}`}
        checked={chosen}
        onChange={() => {
          onChoose(id, upTo.current);
          upTo.current = false;
        }}
        className="peer sr-only"
      />
      <Mark
        id={id}
        className="size-11 transition peer-checked:invisible peer-focus-visible:invisible group-hover:invisible [@media(hover:none)]:group-hover:visible [@media(hover:none)]:peer-checked:invisible"
      />
      <span
        aria-hidden="true"
        className="invisible absolute grid size-11 place-items-center rounded-lg border-2 border-edge bg-paper text-transparent peer-checked:visible peer-checked:border-ink peer-checked:bg-ink peer-checked:text-on-ink peer-focus-visible:visible peer-focus-visible:outline-2 peer-focus-visible:outline-focus group-hover:visible [@media(hover:none)]:not-peer-checked:invisible"
      >
        <Icon name="check" className="size-6" />
      </span>
    </label>
  );
}
