/** A moment in words, the exact time a hover away. */
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
/**
 * One for all: `toLocaleString` makes a new one at each call, which a list of bots cannot afford. Making one takes
 * milliseconds, too, so that it waits until it is needed.
 */
let exact: Intl.DateTimeFormat | undefined;
let words: Intl.RelativeTimeFormat | undefined;

export function ago(at: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  words ??= new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return words.format(Math.round(seconds / length), unit);
  }
  return "just now";
}

export function Time({ at, className }: { at: string; className?: string }) {
  exact ??= new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return (
    <time dateTime={at} title={exact.format(new Date(at))} className={className}>
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
