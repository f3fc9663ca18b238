import { useEffect, useRef, useState } from "react";
import { CHANNEL_NAMES } from "@/components/ui/ChannelIcons";
import { CHIP, Chips } from "@/components/ui/Chips";
import { INPUT } from "@/components/ui/Field";
import { STANDINGS, type useWanted } from "@/hooks/use-wanted";

const SOON = 180;
const WORDS = Object.fromEntries(Object.entries(STANDINGS).map(([name, { word }]) => [name, word]));

/** Search and filters; all of it is asked of the API, which knows more bots than the page has loaded. */
export function BotFilter({ wanted, standing, want }: ReturnType<typeof useWanted>) {
  return (
    <search className="flex flex-wrap gap-2.5 *:min-w-0">
      <SearchField words={wanted.words} onWords={(words) => want("q", words)} />
      <Chips
        label="Filter"
        options={WORDS}
        value={standing ?? ""}
        onChange={(name) => want("standing", name)}
      >
        <select
          aria-label="Channel"
          value={wanted.channel}
          onChange={(event) => want("channel", event.target.value)}
          className={`${CHIP} pr-7`}
        >
          <option value="">Any channel</option>
          {Object.entries(CHANNEL_NAMES).map(([name, word]) => (
            <option key={name} value={name}>
              {word}
            </option>
          ))}
        </select>
      </Chips>
    </search>
  );
}

function SearchField({ words, onWords }: { words: string; onWords: (words: string) => void }) {
  const [text, setText] = useState(words);
  const field = useRef<HTMLInputElement>(null);
  const tell = useRef(onWords);
  tell.current = onWords;
  const told = useRef(words);
  // What a link or the way back asks for is not what was typed here.
  useEffect(() => {
    if (told.current === words) return;
    told.current = words;
    setText(words);
  }, [words]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      tell.current(text);
    }, SOON);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest("input, textarea, select, [role=dialog]");
      if (event.key !== "/" || typing) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return (
    <input
      ref={field}
      type="search"
      aria-label="Search bots"
      aria-keyshortcuts="/"
      placeholder="Search by name or description"
      className={`${INPUT} min-w-56 grow basis-72`}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
