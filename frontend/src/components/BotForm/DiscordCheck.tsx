import { api, body } from "@/client/api";
import { Icon } from "@/components/ui/Icon";
import { safeLink } from "@/components/ui/safe-link";
import { useCheck } from "@/hooks/use-check";
import { Verdict } from "./Verdict";

/** Three parts in base64, parted by dots. */
const SHAPE = /^[\w-]{20,}\.[\w-]{4,}\.[\w-]{20,}$/;

/** Asks Discord whose token it is: how the bot is invited, and what its owner has yet to turn on. */
export function DiscordCheck({ token }: { token: string }) {
  const check = useCheck(
    "discord",
    token,
    (asked) => SHAPE.test(asked),
    (asked) => body(api.POST("/api/v1/checks/discord", { body: { token: asked } })),
  );
  const invite = safeLink(check.data?.link);
  const missing = check.data?.missing_intents ?? [];
  return (
    <div className="grid gap-1.5">
      <Verdict
        asking={check.isFetching ? "Asking Discord …" : null}
        checked={check.data}
        error={check.error}
        fine={<>This is {check.data?.name ?? "a bot"}</>}
      />
      {check.data?.ok && (missing.length > 0 || check.data.next_step) && (
        <p className="flex items-start gap-1.5 break-words text-sm text-work">
          <Icon name="warn" className="mt-0.5 size-4" />
          {missing.length > 0 && `It lacks the ${missing.join(" and the ")}. `}
          {check.data.next_step}
        </p>
      )}
      {check.data?.ok && invite && (
        <a
          href={invite}
          target="_blank"
          rel="noopener noreferrer"
          className="w-fit text-sm underline decoration-edge underline-offset-4"
        >
          Invite it to a server
        </a>
      )}
    </div>
  );
}
