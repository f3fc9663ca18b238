import type { PointerEvent } from "react";

/** A moment in words, the exact time a hover away. */
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
/** One for all. Making one takes longer than drawing a list of bots, so that it waits until somebody points at a time. */
let exact: Intl.DateTimeFormat | undefined;
let words: Intl.RelativeTimeFormat | undefined;

export function ago(at: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) < length) continue;
    words ??= new Intl.RelativeTimeFormat("en", { numeric: "auto" });
    return words.format(Math.round(seconds / length), unit);
  }
  return "just now";
}

export function Time({ at, className }: { at: string; className?: string }) {
  function point({ currentTarget }: PointerEvent<HTMLElement>): void {
    exact ??= new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
    currentTarget.title = exact.format(new Date(at));
  }
  return (
    <time dateTime={at} onPointerEnter={point} className={className}>
      {ago(at)}
    </time>
  );
}

/** A duration as people read a stopwatch; what took none says nothing. */
export function lasted(milliseconds: number): string {
  if (milliseconds < 50) return "";
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}
