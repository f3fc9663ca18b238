import { useWindowVirtualizer, windowScroll } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";
import type { Bot } from "@/client/types";
import { Skeleton } from "@/components/ui/Skeleton";
import type { Chosen } from "@/hooks/use-chosen";
import { BotRow } from "./BotRow";

/** The height of a row in pixels, `h-19`: known before anything is drawn, so that nothing ever moves. */
const ROW = 76;
const BORDER = 1;
/** How many rows before the end of what is loaded the next page is asked for. */
const AHEAD = 60;

interface Props {
  bots: Bot[];
  /** How many there are to come as well, where that is known; their places are held. */
  total: number | null;
  chosen: Chosen;
  more: boolean;
  onMore: () => void;
}

/** As many rows as fit on the screen and a few more, however many bots there are. */
export function BotList({ bots, total, chosen, more, onMore }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  const count = more ? Math.max(total ?? 0, bots.length + 1) : bots.length;
  const rows = useWindowVirtualizer({
    count,
    estimateSize: () => ROW,
    overscan: 8,
    // Known before the list is measured, so that its first drawing has the rows.
    initialRect: { width: innerWidth, height: innerHeight },
    scrollMargin: top,
    // Its first act is to scroll to where the page is: that would have everything measured before it is drawn.
    scrollToFn: (offset, options, list) => {
      if (offset + (options.adjustments ?? 0) !== list.scrollOffset) windowScroll(offset, options, list);
    },
    useFlushSync: false,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;

  // Once it is drawn, as measuring it sooner would lay everything out twice; no row moves by it.
  useEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  useEffect(() => {
    if (more && last > bots.length - AHEAD) onMore();
  }, [more, last, bots.length, onMore]);

  const turn = useRef(chosen.turn);
  turn.current = chosen.turn;
  const choose = useCallback((id: string, upTo: boolean) => turn.current(id, upTo), []);

  function press(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const id = (event.target as HTMLElement).dataset.row;
    if (!step || !id) return;
    const next = bots.findIndex((bot) => bot.id === id) + step;
    const bot = bots[next];
    if (!bot) return;
    event.preventDefault();
    rows.scrollToIndex(next);
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(bot.id)}"]`)?.focus(),
    );
  }

  return (
    <ul
      ref={list}
      aria-label="Bots"
      onKeyDown={press}
      style={{ height: rows.getTotalSize() + 2 * BORDER }}
      className="relative overflow-hidden rounded-xl border border-line bg-paper shadow-card"
    >
      {shown.map(({ index, start }) => {
        const bot = bots[index];
        return (
          <li
            key={bot?.id ?? index}
            aria-setsize={total ?? -1}
            aria-posinset={index + 1}
            style={{ transform: `translateY(${start - top}px)` }}
            className="absolute inset-x-0 top-0 h-19 border-line not-first:border-t"
          >
            {bot ? <BotRow bot={bot} chosen={chosen.ids.has(bot.id)} onChoose={choose} /> : <Coming />}
          </li>
        );
      })}
    </ul>
  );
}

function Coming() {
  return (
    <div className="flex h-full items-center gap-4 px-4 sm:px-5">
      <Skeleton className="size-11 rounded-lg" />
      <div className="grid gap-2">
        <Skeleton className="h-4 w-40" />
        <Skeleton className="h-3 w-64" />
      </div>
    </div>
  );
}
