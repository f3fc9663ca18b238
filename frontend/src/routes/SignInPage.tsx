import { useEffect, useRef, useState } from "react";
import { Navigate } from "react-router";
import { hasSignInCode, takeSignInCode } from "@/client/code";
import { ApiError } from "@/client/problem";
import { Away } from "@/components/Shell/Away";
import { SignInCard } from "@/components/SignIn/SignInCard";
import { useMe, useSignIn } from "@/hooks/use-me";
import { useTitle } from "@/hooks/use-title";

/** Where the link of `botyard up` leads; the link signs in by itself. */
export function SignInPage() {
  useTitle("Sign in");
  const [byLink] = useState(hasSignInCode);
  const { mutate, isPending, isIdle, error } = useSignIn();
  const me = useMe(!byLink);
  const begun = useRef(false);
  useEffect(() => {
    const code = begun.current ? null : takeSignInCode();
    begun.current = true;
    if (code) mutate(code);
  }, [mutate]);

  const away = [me.error, error].find((each) => each && !(each instanceof ApiError));
  if (me.data && !isPending) return <Navigate to="/" replace />;
  if (away) return <Away error={away} onRetry={() => location.reload()} />;
  const busy = isPending || (byLink ? isIdle : me.isPending);
  return <SignInCard busy={busy} error={error} onLink={mutate} />;
}
