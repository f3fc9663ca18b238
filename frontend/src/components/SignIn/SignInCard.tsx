import { type FormEvent, useState } from "react";
import { Brand } from "@/components/Shell/Brand";
import { ThemeButton } from "@/components/Shell/ThemeButton";
import { Button } from "@/components/ui/Button";
import { CopyButton } from "@/components/ui/CopyButton";
import { Field, INPUT } from "@/components/ui/Field";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Spinner } from "@/components/ui/Spinner";

interface Props {
  busy: boolean;
  error: unknown;
  onLink: (code: string) => void;
}

/** The code in a pasted link, or the pasted text itself. */
export function codeIn(text: string): string {
  const found = /[?&]code=([^&\s]+)/.exec(text);
  return found?.[1] ? decodeURIComponent(found[1]) : text.trim();
}

export function SignInCard({ busy, error, onLink }: Props) {
  return (
    <div className="flex min-h-dvh flex-col">
      <div className="flex justify-end p-3">
        <ThemeButton />
      </div>
      <main className="mx-auto grid w-full max-w-narrow grow content-center gap-6 px-5 pb-24">
        <Brand />
        {busy ? (
          <p role="status" className="flex items-center gap-3 text-soft">
            <Spinner /> Signing you in …
          </p>
        ) : (
          <LinkWanted error={error} onLink={onLink} />
        )}
      </main>
    </div>
  );
}

function LinkWanted({ error, onLink }: Omit<Props, "busy">) {
  const [text, setText] = useState("");
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (text.trim()) onLink(codeIn(text));
  }
  return (
    <>
      <div className="grid gap-4">
        <h1 className="font-semibold text-xl tracking-tight">
          {error ? "That link did not sign you in" : "Sign in with a link"}
        </h1>
        {error ? <ProblemNote error={error} /> : null}
        <p className="text-soft">
          There is no password. A sign-in link works once and for ten minutes; this makes a new one on the
          machine that runs Botyard:
        </p>
      </div>
      <div className="flex items-center justify-between rounded-lg border border-line bg-paper py-1.5 pr-1.5 pl-4 font-mono text-sm shadow-card">
        <code>botyard user link</code>
        <CopyButton text="botyard user link" label="Copy the command" />
      </div>
      <form onSubmit={submit} className="grid gap-3">
        <Field
          label="Link or code"
          hint={
            <>
              Opening the link signs in by itself. <code className="font-mono">botyard up</code> prints one
              too.
            </>
          }
        >
          {(described) => (
            <input
              {...described}
              className={`${INPUT} font-mono`}
              value={text}
              onChange={(event) => setText(event.target.value)}
              autoComplete="off"
              spellCheck={false}
              placeholder="http://…/#/sign-in?code=…"
            />
          )}
        </Field>
        <Button type="submit" look="solid" disabled={!text.trim()}>
          Sign in
        </Button>
      </form>
    </>
  );
}
