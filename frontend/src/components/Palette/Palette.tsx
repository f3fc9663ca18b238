import { Dialog } from "@base-ui/react/dialog";
import { type KeyboardEvent, useEffect, useState } from "react";
import { Icon } from "@/components/ui/Icon";
import { Mark } from "@/components/ui/Mark";
import { useFound } from "@/hooks/use-found";
import { useSignOut } from "@/hooks/use-me";
import { turnTheme } from "@/hooks/use-theme";
import { useNavigate } from "@/router";
import { type Entry, entriesFor, sought } from "./entries";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Everywhere in a few keys: places, deeds and bots by their names. */
export function Palette({ open, onOpenChange }: Props) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-veil transition data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup className="fixed inset-x-3 top-[max(0.75rem,env(safe-area-inset-top))] z-50 mx-auto max-w-text overflow-hidden rounded-xl border border-line bg-paper shadow-float sm:top-[14vh]">
          <Dialog.Title className="sr-only">Go to</Dialog.Title>
          <Search onDone={() => onOpenChange(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** A combobox as ARIA’s authoring practices have it: the focus stays in the field, the arrows choose. */
function Search({ onDone }: { onDone: () => void }) {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const bots = useFound(sought(words));
  const deeds: Entry[] = [
    { id: "theme", name: "Turn the theme", hint: "dark light", icon: "moon", run: turnTheme },
    { id: "out", name: "Sign out", icon: "lock", run: () => signOut.mutate() },
  ];
  const entries = entriesFor(words, bots, deeds);
  const chosen = Math.min(at, entries.length - 1);
  useEffect(() => {
    document.getElementById(`entry-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  function go(entry: Entry | undefined): void {
    if (!entry) return;
    onDone();
    entry.run?.();
    if (entry.to) navigate(entry.to);
  }
  function press(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((chosen + step + entries.length) % Math.max(entries.length, 1));
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) go(entries[chosen]);
    else return;
    event.preventDefault();
  }

  return (
    <>
      <div className="flex items-center gap-3 border-line border-b px-4">
        <Icon name="search" className="text-faint" />
        <input
          // biome-ignore lint/a11y/noAutofocus: the dialog is this field.
          autoFocus
          type="text"
          role="combobox"
          aria-label="Go to"
          aria-expanded="true"
          aria-controls="entries"
          aria-activedescendant={chosen >= 0 ? `entry-${chosen}` : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder="A bot, a page, or what to do"
          className="min-h-13 w-full bg-transparent text-[1rem] outline-none"
          value={words}
          onKeyDown={press}
          onChange={(event) => {
            setWords(event.target.value);
            setAt(0);
          }}
        />
      </div>
      <div
        id="entries"
        role="listbox"
        aria-label="Results"
        className="max-h-[min(26rem,60dvh)] overflow-y-auto p-1.5"
      >
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field’s.
          <div
            key={entry.id}
            id={`entry-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => go(entry)}
            onPointerMove={() => setAt(index)}
            className="flex min-h-11 cursor-pointer items-center gap-3 rounded-md px-2.5 aria-selected:bg-sunk"
          >
            {entry.bot ? (
              <Mark id={entry.bot} className="size-7 rounded-md" />
            ) : (
              <span className="grid size-7 place-items-center text-faint">
                <Icon name={entry.icon ?? "right"} />
              </span>
            )}
            <span className="shrink-0 truncate">{entry.name}</span>
            {entry.bot && <span className="min-w-0 truncate text-faint text-sm">{entry.hint}</span>}
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className="px-5 pb-5 text-soft">Nothing is called that.</p>}
      <p role="status" className="sr-only">
        {entries.length === 1 ? "1 result" : `${entries.length} results`}
      </p>
    </>
  );
}
