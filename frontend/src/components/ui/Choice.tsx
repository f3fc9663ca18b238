import { type ReactNode, useId } from "react";

export interface Option {
  value: string;
  title: string;
  hint: ReactNode;
}

interface Props {
  legend: string;
  name: string;
  value: string;
  options: Option[];
  onChange: (value: string) => void;
}

/** One of a few, each with a sentence: native radio buttons, so that arrow keys work as everywhere. */
export function Choice({ legend, name, value, options, onChange }: Props) {
  const id = useId();
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">{legend}</legend>
      <div className="divide-y divide-line overflow-hidden rounded-md border border-edge/50 bg-paper shadow-card">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex cursor-pointer gap-3 px-3.5 py-3 transition has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:-outline-offset-2 hover:bg-sunk/60 has-checked:bg-sunk"
          >
            <input
              type="radio"
              aria-label={option.title}
              aria-describedby={`${id}-${option.value}`}
              name={`${name}-${id}`}
              value={option.value}
              checked={value === option.value}
              onChange={() => onChange(option.value)}
              className="peer mt-0.5 size-4.5 shrink-0 appearance-none rounded-full border-2 border-edge transition checked:border-6 checked:border-ink focus-visible:outline-none"
            />
            <span className="grid">
              <span className="font-medium">{option.title}</span>
              <span id={`${id}-${option.value}`} className="text-faint text-sm">
                {option.hint}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
