import type { ReactNode } from "react";
import { Field, INPUT } from "@/components/ui/Field";

interface Props {
  label: string;
  name: string;
  set: boolean;
  optional?: boolean;
  error?: string;
  value: string;
  hint?: ReactNode;
  onChange: (value: string) => void;
}

/** A secret goes in and never comes out: the field is empty even where one is set. */
export function SecretField({ label, name, set, optional, error, value, hint, onChange }: Props) {
  return (
    <Field
      label={label}
      optional={optional && !set}
      error={error}
      hint={
        hint ?? (
          <>
            Sealed as <code className="font-mono">{name}</code> before it is stored; nobody can read it back.
          </>
        )
      }
    >
      {(described) => (
        <input
          {...described}
          type="password"
          autoComplete="off"
          data-1p-ignore="true"
          className={`${INPUT} font-mono`}
          placeholder={set ? "Set. Leave empty to keep it." : ""}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
