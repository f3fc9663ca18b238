import { type ReactNode, useId } from "react";

interface Props {
  label: string;
  hint?: ReactNode;
  on: boolean;
  onChange: (on: boolean) => void;
}

/** On or off: a native checkbox in the role of a switch. */
export function Toggle({ label, hint, on, onChange }: Props) {
  const id = useId();
  return (
    <label htmlFor={id} className="flex cursor-pointer items-center justify-between gap-4">
      <span className="grid">
        <span className="font-medium">{label}</span>
        {hint && (
          <span id={`${id}-hint`} className="text-faint text-sm">
            {hint}
          </span>
        )}
      </span>
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={on}
        aria-label={label}
        aria-describedby={hint ? `${id}-hint` : undefined}
        checked={on}
        onChange={(event) => onChange(event.target.checked)}
        className="relative h-6.5 w-11 shrink-0 cursor-pointer appearance-none rounded-full border border-edge bg-sunk transition before:absolute before:top-0.75 before:left-0.75 before:size-4.5 before:rounded-full before:bg-edge before:transition checked:border-ink checked:bg-ink checked:before:translate-x-4.5 checked:before:bg-paper"
      />
    </label>
  );
}
