import { memo } from "react";
import type { LogLine } from "@/client/types";
import { valueText } from "@/components/History/words";

const TONE: Record<string, string> = { warning: "text-work", error: "text-stop", critical: "text-stop" };

export const LogRow = memo(function LogRow({ line }: { line: LogLine }) {
  return (
    <p className="px-4 py-1 sm:px-5 font-mono text-sm hover:bg-sunk/60 md:flex md:gap-x-3 md:py-0.5">
      <time dateTime={line.at} title={line.at} className="mr-2 shrink-0 text-faint tabular-nums md:mr-0">
        {clock(line.at)}
      </time>
      <span className={`mr-2 shrink-0 md:mr-0 md:w-14 ${TONE[line.level] ?? "text-faint"}`}>
        {line.level}
      </span>
      <span className="min-w-0 break-words">
        {line.event}
        {Object.entries(line.fields).map(([name, value]) => (
          <span key={name} className="text-faint">
            {" "}
            {name}=<span className="text-soft">{valueText(value)}</span>
          </span>
        ))}
      </span>
    </p>
  );
});

function clock(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : time.toLocaleTimeString("en-GB", { hour12: false });
}
