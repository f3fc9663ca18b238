import { api, body } from "@/client/api";
import { useCheck } from "@/hooks/use-check";
import { Verdict } from "./Verdict";

const SHAPE = /^\d{5,}:[\w-]{20,}$/;

/** Asks Telegram what a pasted token is good for. It only helps: a check that cannot be made stands in nobody's way. */
export function TokenCheck({ token }: { token: string }) {
  const check = useCheck(
    "telegram",
    token,
    (asked) => SHAPE.test(asked),
    (asked) => body(api.POST("/api/v1/checks/telegram", { body: { token: asked } })),
  );
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
