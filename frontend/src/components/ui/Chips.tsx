import type { ReactNode } from "react";

export const CHIP =
  "min-h-9 shrink-0 whitespace-nowrap rounded-full border border-edge/60 bg-paper px-3.5 text-sm text-soft transition hover:border-edge hover:text-ink aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-on-ink";

interface Props {
  label: string;
  options: Record<string, string>;
  /** The option that is on, or nothing. */
  value: string;
  onChange: (value: string) => void;
  children?: ReactNode;
}

/** A filter with few values, one of them or none; on a phone they go on beyond the edge. */
export function Chips({ label, options, value, onChange, children }: Props) {
  return (
    <fieldset className="-mx-4 flex min-w-0 gap-2 overflow-x-auto px-4 py-0.5 sm:-mx-0.5 sm:px-0.5">
      <legend className="sr-only">{label}</legend>
      {Object.entries(options).map(([name, word]) => (
        <button
          key={name}
          type="button"
          aria-pressed={value === name}
          className={CHIP}
          onClick={() => onChange(value === name ? "" : name)}
        >
          {word}
        </button>
      ))}
      {children}
    </fieldset>
  );
}
