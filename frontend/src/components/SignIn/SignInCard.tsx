import { type FormEvent, useState } from "react";
import { Brand } from "@/components/Shell/Brand";
import { ThemeButton } from "@/components/Shell/ThemeButton";
import { Button } from "@/components/ui/Button";
import { CopyButton } from "@/components/ui/CopyButton";
import { Field, INPUT } from "@/components/ui/Field";
import { Icon } from "@/components/ui/Icon";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Spinner } from "@/components/ui/Spinner";
import type { SignInWith } from "@/hooks/use-me";

interface Props {
  busy: boolean;
  error: unknown;
  /** Whether the last try was by a link. */
  byLink: boolean;
  /** Nobody has signed in yet: the way in is most likely the link, so the password stands folded. */
  firstRun: boolean;
  onSignIn: (given: SignInWith) => void;
}

/** The code in a pasted link, or the pasted text itself. */
export function codeIn(text: string): string {
  const found = /[?&]code=([^&\s]+)/.exec(text);
  return found?.[1] ? decodeURIComponent(found[1]) : text.trim();
}

export function SignInCard({ busy, ...props }: Props) {
  return (
    <div className="flex min-h-dvh flex-col">
      <div className="flex justify-end p-3">
        <ThemeButton />
      </div>
      <main className="mx-auto grid w-full max-w-narrow grow content-start gap-6 px-5 pt-[min(14dvh,8rem)] pb-12">
        <Brand />
        {busy ? (
          <p role="status" className="flex items-center gap-3 text-soft">
            <Spinner /> Signing you in …
          </p>
        ) : (
          <Ways {...props} />
        )}
      </main>
    </div>
  );
}

function Ways({ error, byLink, firstRun, onSignIn }: Omit<Props, "busy">) {
  const failed = byLink ? "That link did not sign you in" : "That did not sign you in";
  const title = firstRun ? "Welcome to Botyard" : "Sign in with a link";
  return (
    <>
      <div className="grid gap-4">
        <h1 className="font-semibold text-xl tracking-tight">{error ? failed : title}</h1>
        {error ? <ProblemNote error={error} /> : null}
        {firstRun && (
          <p>
            Nobody has signed in here yet. The first link, which <code>botyard up</code> prints in its
            terminal or an installation’s guide says how to make, is for <code>admin</code>, the operator.
          </p>
        )}
        <p className="text-soft">
          A sign-in link works once and for ten minutes. On a cluster, the guide for clusters says how one is
          made; on the machine that runs Botyard, this makes a new one:
        </p>
      </div>
      <div className="flex items-center justify-between rounded-lg border border-line bg-paper py-1.5 pr-1.5 pl-4 font-mono text-sm shadow-card">
        <code>botyard user link</code>
        <CopyButton text="botyard user link" label="Copy the command" />
      </div>
      <LinkForm onLink={(code) => onSignIn({ code })} />
      <details open={!byLink && !firstRun} className="border-line border-t pt-4">
        <summary className="group flex items-center justify-between font-medium">
          Sign in with a password
          <Icon name="down" className="size-4.5 text-faint transition [details[open]_&]:rotate-180" />
        </summary>
        <PasswordForm onSignIn={onSignIn} />
      </details>
    </>
  );
}

function LinkForm({ onLink }: { onLink: (code: string) => void }) {
  const [text, setText] = useState("");
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (text.trim()) onLink(codeIn(text));
  }
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Field
        label="Link or code"
        hint={
          <>
            Opening the link signs in by itself. <code className="font-mono">botyard up</code> prints one too.
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
  );
}

function PasswordForm({ onSignIn }: { onSignIn: (given: SignInWith) => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const whole = name.trim() !== "" && password !== "";
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (whole) onSignIn({ name: name.trim(), password });
  }
  return (
    <form onSubmit={submit} className="mt-4 grid gap-3">
      <Field label="Name">
        {(described) => (
          <input
            {...described}
            className={INPUT}
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label="Password" hint="An operator sets the first one: botyard user password NAME.">
        {(described) => (
          <input
            {...described}
            type="password"
            className={INPUT}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="current-password"
          />
        )}
      </Field>
      <Button type="submit" look="solid" disabled={!whole}>
        Sign in with password
      </Button>
    </form>
  );
}
