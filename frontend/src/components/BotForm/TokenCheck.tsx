import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { useSettled } from "@/hooks/use-settled";
import { Verdict } from "./Verdict";

const SHAPE = /^\d{5,}:[\w-]{20,}$/;

/** Asks Telegram what a pasted token is good for. It only helps: a check that cannot be made stands in nobody's way. */
export function TokenCheck({ token }: { token: string }) {
  const asked = useSettled(token.trim());
  const check = useQuery({
    enabled: SHAPE.test(asked),
    // The token is no part of the key: keys are kept in memory longer than a secret should be.
    queryKey: ["check-telegram", asked.length, asked.slice(0, 6)],
    queryFn: () => body(api.POST("/api/v1/checks/telegram", { body: { token: asked } })),
    gcTime: 0,
    staleTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return (
    <Verdict
      asking={check.isFetching ? "Asking Telegram …" : null}
      checked={check.data}
      fine={
        <span className="min-w-0 break-words">
          This is {check.data?.name ?? "a bot"}{" "}
          {check.data?.username && (
            <span className="font-mono">@{check.data.username.replace(/^@/, "")}</span>
          )}
        </span>
      }
    />
  );
}
