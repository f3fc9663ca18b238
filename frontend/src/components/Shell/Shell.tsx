import { type ReactNode, Suspense, useEffect } from "react";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useMe } from "@/hooks/use-me";
import { useLocation, useNavigate } from "@/router";
import { AccountMenu } from "./AccountMenu";
import { Away } from "./Away";
import { Brand } from "./Brand";
import { BottomNav, HeaderNav } from "./MainNav";
import { PaletteButton } from "./PaletteButton";
import { ThemeButton } from "./ThemeButton";

/** The frame of every page for who is signed in; anybody else is shown how to sign in. */
export function Shell({ children }: { children: ReactNode }) {
  const me = useMe();
  const navigate = useNavigate();
  const { path } = useLocation();
  const signedOut = me.data === null;
  useEffect(() => {
    if (signedOut) navigate("/sign-in", { replace: true });
  }, [signedOut, navigate]);
  // A new page starts where its reader does: a keyboard's next Tab begins at its top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each address.
  useEffect(() => document.getElementById("main")?.focus({ preventScroll: true }), [path]);

  if (me.isError && !me.data) return <Away error={me.error} onRetry={() => void me.refetch()} />;
  return (
    <div className="flex min-h-dvh flex-col">
      <SkipLink />
      <header className="sticky top-0 z-30 border-line border-b bg-fog steady">
        <div className="mx-auto flex h-14 max-w-page items-center gap-1 px-4 sm:px-6">
          <Brand />
          {me.data && <HeaderNav />}
          <div className="grow" />
          {me.data && <PaletteButton />}
          <ThemeButton />
          {me.data && <AccountMenu me={me.data} />}
        </div>
      </header>
      <div className="steady flex grow flex-col">
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto flex w-full max-w-page grow flex-col px-4 outline-none sm:px-6"
        >
          {me.data ? <Suspense fallback={null}>{children}</Suspense> : <Waiting />}
        </main>
      </div>
      {me.data && <BottomNav />}
    </div>
  );
}

function SkipLink() {
  return (
    <button
      type="button"
      onClick={() => document.getElementById("main")?.focus()}
      className="sr-only rounded-md bg-ink px-4 py-2 text-on-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
    >
      Skip to the page
    </button>
  );
}

function Waiting() {
  return (
    <Loading what="Botyard">
      <Skeleton className="mt-10 h-8 w-40" />
      <Skeleton className="mt-6 h-64 w-full" />
    </Loading>
  );
}
