import { useState } from "react";
import type { Bot } from "@/client/types";
import { INPUT } from "@/components/ui/Field";
import { BotRow } from "./BotRow";

const SEARCH_FROM = 6;

export function BotList({ bots }: { bots: Bot[] }) {
  const [wanted, setWanted] = useState("");
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = bots.filter((bot) => {
    const text = `${bot.id} ${bot.spec.description ?? ""} ${bot.status.phase}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return (
    <>
      {bots.length >= SEARCH_FROM && (
        <input
          type="search"
          aria-label="Search bots"
          placeholder="Search by name, description or phase"
          className={INPUT}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-paper shadow-card">
        {shown.map((bot) => (
          <BotRow key={bot.id} bot={bot} />
        ))}
        {shown.length === 0 && (
          <li className="px-5 py-8 text-center text-soft">No bot matches “{wanted}”.</li>
        )}
      </ul>
    </>
  );
}
