import { useEffect, useState } from "react";
import { Navigate } from "react-router";
import { takeSignInCode } from "@/client/code";
import { ApiError } from "@/client/problem";
import { Away } from "@/components/Shell/Away";
import { SignInCard } from "@/components/SignIn/SignInCard";
import { useMe, useSignIn } from "@/hooks/use-me";
import { useTitle } from "@/hooks/use-title";

/** Where the link of `botyard up` leads; the link signs in by itself. */
export function SignInPage() {
  useTitle("Sign in");
  const me = useMe();
  const { mutate, isPending, error } = useSignIn();
  const [arrived, setArrived] = useState(false);
  useEffect(() => {
    const code = takeSignInCode();
    if (code) mutate(code);
    setArrived(true);
  }, [mutate]);

  if (me.data && !isPending) return <Navigate to="/" replace />;
  if (me.isError && !(me.error instanceof ApiError))
    return <Away error={me.error} onRetry={() => void me.refetch()} />;
  return <SignInCard busy={isPending || !arrived || me.isPending} error={error} onLink={mutate} />;
}
