import { api, body } from "@/client/api";
import { useCheck } from "@/hooks/use-check";
import type { Part } from "./BotForm";
import { ChannelSecret } from "./ChannelSecret";
import { Verdict } from "./Verdict";

const SHAPE = /^xoxb-[\w-]{10,}$/;
const OF_TOKEN =
  "On your app’s pages at Slack: OAuth & Permissions, Bot User OAuth Token. It is sealed before it is stored.";
const OF_SIGNING =
  "Basic Information, Signing Secret: by it Botyard knows that a message is Slack’s. Sealed as well.";

export function SlackFields(part: Part) {
  return (
    <div className="grid animate-rise gap-4">
      <div className="grid gap-2">
        <ChannelSecret {...part} label="Slack token" of="slackToken" hint={OF_TOKEN} />
        <SlackCheck token={part.draft.slackToken} />
      </div>
      <ChannelSecret {...part} label="Slack signing secret" of="slackSigningSecret" hint={OF_SIGNING} />
    </div>
  );
}

/** Asks Slack whose token it is. */
function SlackCheck({ token }: { token: string }) {
  const check = useCheck(
    "slack",
    token,
    (asked) => SHAPE.test(asked),
    (asked) => body(api.POST("/api/v1/checks/slack", { body: { token: asked } })),
  );
  return (
    <Verdict
      asking={check.isFetching ? "Asking Slack …" : null}
      checked={check.data}
      error={check.error}
      fine={<>This is {check.data?.name ?? "an app"}</>}
    />
  );
}
