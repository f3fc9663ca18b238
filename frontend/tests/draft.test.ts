import { describe, expect, it } from "vitest";
import type { Spec } from "@/client/types";
import { commitPath, draftOf, secretsOf, specOf } from "@/components/BotForm/draft";
import { mergePatch } from "@/components/BotForm/merge-patch";

const base: Spec = {
  version: 1,
  name: "support",
  instructions: "Help.",
  model: { provider: "openai", name: "gpt-4o", key: { secret: "MY_KEY" }, temperature: 0.2 },
  channels: { telegram: { token: { secret: "TG" } }, web: { public: true } },
  access: { policy: "allowlist", allow: ["telegram:1"] },
  budget: { usd_per_day: 3 },
};

describe("the form's draft", () => {
  it("gives back the specification it was made from", () => {
    expect(specOf(draftOf(base, "al"), base, true)).toEqual(base);
  });

  it("writes nothing of its own into a short specification", () => {
    const short: Spec = { version: 1, name: "hello", instructions: "Hi.\n", model: { provider: "embedded" } };
    expect(mergePatch(short, specOf(draftOf(short, "al"), short))).toEqual({});
  });

  it("keeps what it does not show, and names the secrets as they were", () => {
    const spec = specOf({ ...draftOf(base, "al"), model: "gpt-5" }, base, true);
    expect(spec.budget).toEqual({ usd_per_day: 3 });
    expect(spec.model).toEqual({
      provider: "openai",
      name: "gpt-5",
      key: { secret: "MY_KEY" },
      temperature: 0.2,
    });
  });

  it("drops the key, the name and the address with the provider that needed them", () => {
    const spec = specOf({ ...draftOf(base, "al"), provider: "embedded" }, base);
    expect(spec.model).toEqual({ provider: "embedded", temperature: 0.2 });
  });

  it("sends only the secrets that were typed, under the names in use", () => {
    const draft = draftOf(base, "al");
    expect(secretsOf(draft, base)).toEqual({});
    expect(secretsOf({ ...draft, telegramToken: " 1:x ", modelKey: "k" }, base)).toEqual({
      TG: "1:x",
      MY_KEY: "k",
    });
    expect(secretsOf({ ...draft, telegram: false, telegramToken: "1:x" }, base)).toEqual({});
  });

  it("asks for all that Slack and WhatsApp need, and keeps what a file says of them", () => {
    const short: Spec = { version: 1, name: "hello", instructions: "Hi.", model: { provider: "embedded" } };
    const typed = {
      slackToken: "xoxb-1",
      slackSigningSecret: "s",
      whatsappToken: "t",
      whatsappNumber: " 1065 ",
    };
    const draft = { ...draftOf(short, "al"), slack: true, whatsapp: true, ...typed };
    const spec = specOf(draft, short);
    expect(spec.channels).toEqual({
      slack: { token: { secret: "SLACK_TOKEN" }, signing_secret: { secret: "SLACK_SIGNING_SECRET" } },
      whatsapp: {
        token: { secret: "WHATSAPP_TOKEN" },
        app_secret: { secret: "WHATSAPP_APP_SECRET" },
        phone_number_id: "1065",
      },
    });
    expect(secretsOf(draft, short)).toEqual({
      SLACK_TOKEN: "xoxb-1",
      SLACK_SIGNING_SECRET: "s",
      WHATSAPP_TOKEN: "t",
    });
    expect(specOf(draftOf(spec, "al"), spec)).toEqual(spec);
    expect(specOf({ ...draftOf(spec, "al"), slack: false, whatsapp: false }, spec).channels).toEqual({});
  });

  it("opens the web chat to everybody, to some sites, and closes it again", () => {
    const short: Spec = { version: 1, name: "hello", instructions: "Hi.", model: { provider: "embedded" } };
    const draft = { ...draftOf(short, "al"), webPublic: true, webOrigins: "https://a.example\n" };
    const opened = specOf(draft, short);
    expect(opened.channels).toEqual({ web: { public: true, origins: ["https://a.example"] } });
    expect(specOf({ ...draftOf(opened, "al"), webPublic: false }, opened).channels?.web?.public).toBe(false);
  });

  it("knows where the file will lie", () => {
    expect(commitPath("alice", "support")).toBe("users/al/alice/support/bot.yaml");
  });
});
