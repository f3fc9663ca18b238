import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, body } from "@/client/api";
import { Icon } from "@/components/ui/Icon";
import { Spinner } from "@/components/ui/Spinner";

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
    <div role="status" className="min-h-6 text-sm">
      {check.isFetching && (
        <span className="flex items-center gap-2 text-faint">
          <Spinner /> Asking Telegram …
        </span>
      )}
      {!check.isFetching && check.data?.ok && (
        <span className="flex items-center gap-1.5 text-go">
          <Icon name="check" className="size-4.5" /> This is {check.data.name ?? "a bot"}
          {check.data.username && <span className="font-mono">@{check.data.username.replace(/^@/, "")}</span>}
        </span>
      )}
      {!check.isFetching && check.data && !check.data.ok && (
        <span className="flex items-start gap-1.5 text-stop">
          <Icon name="warn" className="mt-0.5 size-4" />
          {[check.data.reason, check.data.next_step].filter(Boolean).join(" ") ||
            "Telegram does not accept this token."}
        </span>
      )}
    </div>
  );
}

function useSettled(value: string, after = 400): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}
