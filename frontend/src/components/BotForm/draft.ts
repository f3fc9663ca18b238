/** The form's own shape: flat, all strings, made from a specification and turned back into one. */
import type { ModelSpec, Spec } from "@/client/types";
import {
  CHANNEL_SECRETS,
  MESSENGERS,
  type Messenger,
  newChannel,
  SECRET_KEYS,
  type SecretKey,
  secretName,
} from "./channel-secrets";

/** Which messengers it is in, and the secrets of theirs that were typed just now. */
type Messaging = Record<Messenger, boolean> & Record<SecretKey, string>;

export interface Draft extends Messaging {
  owner: string;
  name: string;
  description: string;
  instructions: string;
  provider: string;
  model: string;
  baseUrl: string;
  modelKey: string;
  whatsappNumber: string;
  webPublic: boolean;
  webOrigins: string;
  policy: string;
  allow: string;
  usdPerDay: string;
  turnsPerHour: string;
}

const KEY_NAMES: Record<string, string> = { openai: "OPENAI_API_KEY" };

/** The fields for a specification, which may be half written: what has not the right type is shown as text or not. */
export function draftOf(spec: Spec, owner: string): Draft {
  const { provider, name, base_url: baseUrl } = spec.model ?? {};
  const allow: unknown = spec.access?.allow;
  const origins: unknown = spec.channels?.web?.origins;
  return {
    owner,
    name: textOf(spec.name),
    description: textOf(spec.description),
    instructions: textOf(spec.instructions),
    provider: textOf(provider) || "embedded",
    model: provider === "embedded" ? "" : textOf(name),
    baseUrl: textOf(baseUrl),
    modelKey: "",
    ...messagingOf(spec),
    whatsappNumber: textOf(spec.channels?.whatsapp?.phone_number_id),
    webPublic: spec.channels?.web?.public === true,
    webOrigins: Array.isArray(origins) ? origins.map(textOf).join("\n") : "",
    policy: textOf(spec.access?.policy) || "pairing",
    allow: Array.isArray(allow) ? allow.map(textOf).join("\n") : "",
    usdPerDay: textOf(spec.budget?.usd_per_day),
    turnsPerHour: textOf(spec.budget?.turns_per_user_per_hour),
  };
}

function messagingOf(spec: Spec): Messaging {
  const on = MESSENGERS.map((messenger) => [messenger, spec.channels?.[messenger] != null]);
  return {
    ...Object.fromEntries(on),
    ...Object.fromEntries(SECRET_KEYS.map((key) => [key, ""])),
  } as Messaging;
}

/** What was typed of secrets, which no specification holds. */
export function typedSecrets(draft: Draft): Pick<Draft, SecretKey | "modelKey"> {
  const keys = ["modelKey", ...SECRET_KEYS] as const;
  return Object.fromEntries(keys.map((key) => [key, draft[key]])) as Pick<Draft, SecretKey | "modelKey">;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function keyName(draft: Draft, base: Spec): string {
  const kept = base.model?.provider === draft.provider ? base.model.key?.secret : undefined;
  return kept ?? KEY_NAMES[draft.provider] ?? "MODEL_API_KEY";
}

/** The specification that the form describes; what the form does not show stays as it is in `base`. */
export function specOf(draft: Draft, base: Spec, keySet = false): Spec {
  const { description: _old, ...rest } = base;
  return {
    ...rest,
    version: base.version ?? 1,
    name: draft.name.trim(),
    ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
    instructions: draft.instructions,
    model: modelOf(draft, base, keySet),
    channels: channelsOf(draft, base),
    access: accessOf(draft, base),
    budget: budgetOf(draft, base),
  };
}

/** The model that the fields describe; `keySet` says that its key is sealed already. */
export function modelOf(draft: Draft, base: Spec, keySet: boolean): ModelSpec {
  const { provider, name, base_url, key, ...rest } = base.model ?? { provider: "" };
  if (draft.provider === "embedded")
    return provider === "embedded" && base.model ? base.model : { ...rest, provider: "embedded" };
  const model: ModelSpec = { ...rest, provider: draft.provider, name: draft.model.trim() };
  if (draft.provider !== "openai") model.base_url = draft.baseUrl.trim();
  if (draft.provider === "openai" || draft.modelKey || keySet) model.key = { secret: keyName(draft, base) };
  return model;
}

function channelsOf(draft: Draft, base: Spec): Spec["channels"] {
  const { telegram: _t, discord: _d, slack: _s, whatsapp: _w, web: _web, ...others } = base.channels ?? {};
  const web = webOf(draft, base);
  const messengers = MESSENGERS.filter((messenger) => draft[messenger]);
  const channels = {
    ...Object.fromEntries(messengers.map((messenger) => [messenger, messengerOf(draft, base, messenger)])),
    ...others,
    ...(web ? { web } : {}),
  };
  return Object.keys(channels).length > 0 ? channels : base.channels && {};
}

function messengerOf(draft: Draft, base: Spec, messenger: Messenger): Record<string, unknown> {
  const channel = base.channels?.[messenger] ?? newChannel(base, messenger);
  return messenger === "whatsapp" ? { ...channel, phone_number_id: draft.whatsappNumber.trim() } : channel;
}

function webOf(draft: Draft, base: Spec): Record<string, unknown> | null {
  const { public: was, origins: _origins, ...others } = base.channels?.web ?? {};
  const origins = draft.webOrigins.split(/[\s,]+/).filter(Boolean);
  const web = {
    ...(draft.webPublic || was !== undefined ? { public: draft.webPublic } : {}),
    ...(origins.length > 0 ? { origins } : {}),
    ...others,
  };
  return Object.keys(web).length > 0 || base.channels?.web != null ? web : null;
}

function accessOf(draft: Draft, base: Spec): Spec["access"] {
  if (draft.policy !== "allowlist") {
    return (base.access?.policy ?? "pairing") === draft.policy ? base.access : { policy: draft.policy };
  }
  return { policy: "allowlist", allow: draft.allow.split(/[\s,]+/).filter(Boolean) };
}

function budgetOf(draft: Draft, base: Spec): Spec["budget"] {
  const { usd_per_day: _usd, turns_per_user_per_hour: _turns, ...others } = base.budget ?? {};
  const budget = {
    ...(draft.usdPerDay.trim() ? { usd_per_day: numberOf(draft.usdPerDay) } : {}),
    ...others,
    ...(draft.turnsPerHour.trim() ? { turns_per_user_per_hour: numberOf(draft.turnsPerHour) } : {}),
  };
  return Object.keys(budget).length > 0 ? budget : base.budget;
}

/** A number, or the text as it was typed, for the API to say what is wrong with it. */
function numberOf(text: string): number | string {
  const number = Number(text.trim());
  return Number.isFinite(number) ? number : text.trim();
}

/** Only what was typed now; a secret left empty stays what it is. */
export function secretsOf(draft: Draft, base: Spec): Record<string, string> {
  const secrets: Record<string, string> = {};
  if (draft.provider !== "embedded" && draft.modelKey) secrets[keyName(draft, base)] = draft.modelKey;
  for (const key of SECRET_KEYS)
    if (draft[CHANNEL_SECRETS[key].messenger] && draft[key])
      secrets[secretName(base, key)] = draft[key].trim();
  return secrets;
}

/** Where the bot's file will lie on `main`. */
export function commitPath(owner: string, name: string): string {
  return `users/${owner.slice(0, 2)}/${owner}/${name}/bot.yaml`;
}
