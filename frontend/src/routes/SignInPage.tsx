import { useEffect, useRef, useState } from "react";
import { catchSignInCode, takeSignInCode } from "@/client/code";
import { ApiError } from "@/client/problem";
import { Away } from "@/components/Shell/Away";
import { SignInCard } from "@/components/SignIn/SignInCard";
import { useFirstRun, useMe, useSignIn } from "@/hooks/use-me";
import { useTitle } from "@/hooks/use-title";
import { Navigate, useLocation } from "@/router";

/** Where the link of `botyard up` leads; the link signs in by itself, in a page that is open already as well. */
export function SignInPage() {
  // A link that is opened while this very page is has the same key; its code tells them apart.
  const { key, search } = useLocation();
  return <SignIn key={key + search} />;
}

function SignIn() {
  useTitle("Sign in");
  const [byLink] = useState(catchSignInCode);
  const { mutate, data, isPending, isIdle, isSuccess, error, variables } = useSignIn();
  const me = useMe(!byLink);
  const firstRun = useFirstRun(me.data === null);
  const begun = useRef(false);
  useEffect(() => {
    const code = begun.current ? null : takeSignInCode();
    begun.current = true;
    if (code) mutate({ code });
  }, [mutate]);

  if (byLink ? isSuccess : me.data && !isPending) return <Navigate to={data?.first ? "/welcome" : "/"} />;
  const away = [me.error, error].find((each) => each && !(each instanceof ApiError));
  if (away) return <Away error={away} onRetry={() => location.reload()} />;
  const busy = isPending || (byLink ? isIdle : me.isPending || firstRun === undefined);
  return (
    <SignInCard
      busy={busy}
      error={error}
      byLink={!variables || "code" in variables}
      firstRun={firstRun === true}
      onSignIn={mutate}
    />
  );
}
