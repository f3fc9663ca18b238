import { AlertDialog } from "@base-ui/react/alert-dialog";
import { type ReactNode, useState } from "react";
import { Button } from "./Button";
import { Field, INPUT } from "./Field";
import { ProblemNote } from "./ProblemNote";

const SHEET =
  "fixed inset-x-0 bottom-0 z-50 max-h-[90dvh] overflow-y-auto rounded-t-xl bg-paper p-6 pb-[max(1.5rem,env(safe-area-inset-bottom))] shadow-float transition data-ending-style:translate-y-4 data-ending-style:opacity-0 data-starting-style:translate-y-4 data-starting-style:opacity-0 sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-full sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-xl";

interface Props {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  verb: string;
  busy: boolean;
  error: unknown;
  danger?: boolean;
  /** For a diff, which wants long lines. */
  wide?: boolean;
  /** What has to be typed first, for what cannot be taken back. */
  typed?: string;
  /** Whether what it asks for has been given. */
  ready?: boolean;
  children: ReactNode;
}

/** Asks before something happens; on a phone it rises from the bottom, where the thumb is. */
export function Confirm({
  open,
  onClose,
  onConfirm,
  title,
  verb,
  busy,
  error,
  danger,
  wide,
  typed,
  ready: given = true,
  children,
}: Props) {
  const [text, setText] = useState("");
  const ready = given && (!typed || text.trim() === typed);
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-veil transition data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <AlertDialog.Popup className={`${SHEET} ${wide ? "sm:max-w-text" : "sm:max-w-narrow"}`}>
          <form
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              if (ready && !busy) onConfirm();
            }}
          >
            <AlertDialog.Title className="font-semibold text-lg tracking-tight">{title}</AlertDialog.Title>
            <AlertDialog.Description render={<div />} className="grid gap-3 text-soft">
              {children}
            </AlertDialog.Description>
            {typed && (
              <Field label={`Type ${typed} to go on`}>
                {(described) => (
                  <input
                    {...described}
                    className={`${INPUT} font-mono`}
                    autoComplete="off"
                    autoCapitalize="off"
                    spellCheck={false}
                    value={text}
                    onChange={(event) => setText(event.target.value)}
                  />
                )}
              </Field>
            )}
            <ProblemNote error={error} />
            <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
              <AlertDialog.Close render={<Button look="quiet">Cancel</Button>} />
              <Button type="submit" look={danger ? "danger" : "solid"} busy={busy} disabled={!ready}>
                {verb}
              </Button>
            </div>
          </form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
