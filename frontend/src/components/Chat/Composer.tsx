import { type FormEvent, type KeyboardEvent, useRef, useState } from "react";
import { Icon } from "@/components/ui/Icon";

interface Props {
  name: string;
  busy: boolean;
  /** Whether it stands in a box of its own, and not at the foot of the page. */
  inside?: boolean;
  /** The longest message that is taken, in characters. */
  longest?: number;
  onSend: (text: string) => void;
  onStop: () => void;
}

const LONGEST = 32_000;

/** Enter sends, Shift and Enter begins a line; Escape stops an answer. */
export function Composer({ name, busy, inside = false, longest = LONGEST, onSend, onStop }: Props) {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);

  function submit(event?: FormEvent): void {
    event?.preventDefault();
    if (busy || !text.trim()) return;
    onSend(text.trim());
    setText("");
    field.current?.focus();
  }
  function press(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape" && busy) onStop();
  }

  return (
    <form
      onSubmit={submit}
      className={
        inside ? "" : "sticky bottom-14 -mx-4 bg-fog px-4 pt-2 pb-3 sm:mx-0 sm:px-0 md:bottom-0 md:pb-6"
      }
    >
      <div className="flex items-end gap-2 rounded-xl border border-edge bg-paper py-1.5 pr-1.5 pl-4 shadow-card transition focus-within:border-focus focus-within:-outline-offset-1 focus-within:outline-2 focus-within:outline-focus">
        <textarea
          ref={field}
          aria-label={`Message to ${name}`}
          placeholder={`Message to ${name}`}
          rows={1}
          maxLength={longest}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={press}
          className="field-sizing-content max-h-40 grow resize-none self-center bg-transparent py-1.5 max-md:text-[1rem] outline-none"
        />
        {busy ? (
          <button
            type="button"
            onClick={onStop}
            aria-label="Stop"
            className="grid size-10 shrink-0 place-items-center rounded-lg bg-sunk"
          >
            <Icon name="stop" />
          </button>
        ) : (
          <button
            type="submit"
            aria-label="Send"
            disabled={!text.trim()}
            className="grid size-10 shrink-0 place-items-center rounded-lg bg-ink text-on-ink transition disabled:bg-sunk disabled:text-faint"
          >
            <Icon name="send" />
          </button>
        )}
      </div>
    </form>
  );
}
