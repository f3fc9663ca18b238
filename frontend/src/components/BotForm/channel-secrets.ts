/** The secrets of the messengers: where each stands in a specification, and in which field it is typed. */
import type { Spec } from "@/client/types";

export const MESSENGERS = ["telegram", "discord", "slack", "whatsapp"] as const;
export type Messenger = (typeof MESSENGERS)[number];

interface ChannelSecret {
  messenger: Messenger;
  /** Its key in the channel's part of the specification. */
  part: string;
  /** Its name where the specification gives none yet. */
  name: string;
}

export const CHANNEL_SECRETS = {
  telegramToken: { messenger: "telegram", part: "token", name: "TELEGRAM_TOKEN" },
  discordToken: { messenger: "discord", part: "token", name: "DISCORD_TOKEN" },
  slackToken: { messenger: "slack", part: "token", name: "SLACK_TOKEN" },
  slackSigningSecret: { messenger: "slack", part: "signing_secret", name: "SLACK_SIGNING_SECRET" },
  whatsappToken: { messenger: "whatsapp", part: "token", name: "WHATSAPP_TOKEN" },
  whatsappAppSecret: { messenger: "whatsapp", part: "app_secret", name: "WHATSAPP_APP_SECRET" },
} as const satisfies Record<string, ChannelSecret>;

export type SecretKey = keyof typeof CHANNEL_SECRETS;
export const SECRET_KEYS = Object.keys(CHANNEL_SECRETS) as SecretKey[];

/** Under which name the specification has the secret, or is to have it. */
export function secretName(base: Spec, key: SecretKey): string {
  const { messenger, part, name } = CHANNEL_SECRETS[key];
  const reference = base.channels?.[messenger]?.[part] as { secret?: string } | undefined;
  return reference?.secret ?? name;
}

/** A channel that the specification does not have yet: references to its secrets. */
export function newChannel(base: Spec, messenger: Messenger): Record<string, unknown> {
  const own = SECRET_KEYS.filter((key) => CHANNEL_SECRETS[key].messenger === messenger);
  return Object.fromEntries(own.map((key) => [CHANNEL_SECRETS[key].part, { secret: secretName(base, key) }]));
}
