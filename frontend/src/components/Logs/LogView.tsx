import { useEffect, useMemo, useRef, useState } from "react";
import type { LogLine } from "@/client/types";
import { valueText } from "@/components/History/words";
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
  const [words, setWords] = useState("");
  const shown = useMemo(() => holding(lines, words), [lines, words]);
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each new line.
  useEffect(() => {
    if (follow.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [shown]);

  return (
    <div className="flex grow flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <input
          type="search"
          aria-label="Filter"
          placeholder="Filter"
          className={`${INPUT} min-w-0 max-sm:basis-full sm:w-64`}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <label className="flex items-center gap-2 whitespace-nowrap text-sm">
          <span className="max-sm:sr-only">From level</span>
          <select
            className={`${INPUT} w-auto pr-8`}
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
        <p role="status" className="ml-auto whitespace-nowrap text-faint text-sm">
          {paused ? "Held" : connected ? "Live" : "Not live"}
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
        className="h-[56dvh] overflow-y-auto rounded-xl border border-line bg-paper py-2 shadow-card"
      >
        {shown.map((line) => (
          <LogRow key={line.key} line={line} />
        ))}
        {shown.length === 0 && (
          <p className="px-4 py-3 text-soft sm:px-5">
            {lines.length > 0
              ? `None of ${lines.length} lines holds these words.`
              : "Nothing has been logged at this level. It shows here as it happens."}
          </p>
        )}
      </div>
    </div>
  );
}

/** The lines that hold all of the words, wherever in the line. */
function holding(lines: LogLine[], words: string): LogLine[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return lines;
  return lines.filter(({ event, level, fields }) => {
    const told = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
    const text = [level, event, ...told].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
