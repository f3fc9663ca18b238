import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/Button";
import { INPUT } from "@/components/ui/Field";
import { useLogs } from "@/hooks/use-logs";
import { LogRow } from "./LogRow";

const LEVELS = ["debug", "info", "warning", "error"];

/** The bot's log, live. Scrolling up stops following; scrolling back down takes it up again. */
export function LogView({ id }: { id: string }) {
  const [level, setLevel] = useState("info");
  const [paused, setPaused] = useState(false);
  const { lines, connected } = useLogs(id, level, paused);
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each new line.
  useEffect(() => {
    if (follow.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines]);

  return (
    <div className="flex grow flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <label className="flex items-center gap-2 whitespace-nowrap text-sm">
          From level
          <select
            className={`${INPUT} w-auto`}
            value={level}
            onChange={(event) => setLevel(event.target.value)}
          >
            {LEVELS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <Button icon={paused ? "play" : "pause"} aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? "Go on" : "Hold"}
        </Button>
        <p role="status" className="ml-auto text-faint text-sm">
          {paused ? "Held" : connected ? "Live" : "Connecting …"}
        </p>
      </div>
      <div
        ref={box}
        role="log"
        aria-label="Log"
        tabIndex={0}
        onScroll={({ currentTarget: at }) => {
          follow.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24;
        }}
        className="h-[58dvh] overflow-y-auto rounded-xl border border-line bg-paper py-2 shadow-card"
      >
        {lines.map((line) => (
          <LogRow key={line.key} line={line} />
        ))}
        {lines.length === 0 && (
          <p className="px-5 py-3 text-soft">
            Nothing has been logged at this level. It shows here as it happens.
          </p>
        )}
      </div>
    </div>
  );
}
