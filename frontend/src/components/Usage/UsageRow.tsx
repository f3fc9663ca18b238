import type { UsageDay } from "@/client/types";
import { Link } from "@/router";

const NUMBER = new Intl.NumberFormat("en");
const DOLLARS = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 4 });

/** What one bot used on one day. */
export function UsageRow({ used }: { used: UsageDay }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 gap-y-0.5 px-4 py-3 sm:px-5 md:grid-cols-[7rem_minmax(0,1fr)_7rem_11rem_6rem]">
      <time dateTime={used.day} className="text-faint text-sm max-md:col-start-2 max-md:row-start-1">
        {used.day}
      </time>
      <Link
        to={`/bots/${used.bot}`}
        className="truncate font-medium underline decoration-edge/60 underline-offset-4 hover:decoration-ink max-md:col-start-1 max-md:row-start-1"
      >
        {used.bot}
      </Link>
      <p className="text-sm md:text-right">
        {NUMBER.format(used.turns)} {used.turns === 1 ? "answer" : "answers"}
      </p>
      <p className="text-soft text-sm max-md:col-start-1 md:text-right">
        {NUMBER.format(used.tokens_in)} in, {NUMBER.format(used.tokens_out)} out
      </p>
      <p className="text-right font-mono text-sm max-md:col-start-2 max-md:row-start-2">
        {DOLLARS.format(used.usd)}
      </p>
    </div>
  );
}
