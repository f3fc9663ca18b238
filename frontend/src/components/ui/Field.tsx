import { type ReactNode, useId } from "react";
import { Icon } from "./Icon";

export const INPUT =
  "w-full min-h-10 rounded-md border border-edge bg-paper px-3 py-1.75 text-base text-ink max-md:text-[1rem] shadow-card transition hover:border-ink focus-visible:border-focus focus-visible:-outline-offset-1 aria-invalid:border-stop";

export interface Described {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

interface Props {
  label: string;
  /** Said to all, below the label. */
  hint?: ReactNode;
  /** What the API says is wrong with this field. */
  error?: string;
  optional?: boolean;
  children: (described: Described) => ReactNode;
}

/** A label, a control, a hint and an error, tied together for those who hear the page. */
export function Field({ label, hint, error, optional, children }: Props) {
  const id = useId();
  const said = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
        {optional && <span className="font-normal text-faint"> · optional</span>}
      </label>
      {children({ id, "aria-describedby": said || undefined, "aria-invalid": error ? true : undefined })}
      {error && <FieldError id={`${id}-error`}>{error}</FieldError>}
      {hint && (
        <p id={`${id}-hint`} className="text-faint text-sm">
          {hint}
        </p>
      )}
    </div>
  );
}

export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} className="flex items-start gap-1.5 text-sm text-stop">
      <Icon name="warn" className="mt-0.5 size-4" />
      <span className="block min-w-0 break-words first-letter:uppercase">{children}</span>
    </p>
  );
}
