/** The API's pointers, led to the fields of the form; what no field shows is said in the summary. */
import { ApiError } from "@/client/problem";
import type { FieldProblem } from "@/client/types";
import type { Draft } from "./draft";

export type FieldErrors = Partial<Record<keyof Draft, string>>;

const PLACES: [RegExp, keyof Draft][] = [
  [/^\/owner/, "owner"],
  [/^(\/spec)?\/name/, "name"],
  [/^(\/spec)?\/description/, "description"],
  [/^(\/spec)?\/instructions/, "instructions"],
  [/^(\/spec)?\/model\/base_url/, "baseUrl"],
  [/^(\/spec)?\/model\/name/, "model"],
  [/^(\/spec)?\/model\/key/, "modelKey"],
  [/^(\/spec)?\/model/, "provider"],
  [/^(\/spec)?\/channels\/web/, "webOrigins"],
  [/^(\/spec)?\/channels\/discord/, "discordToken"],
  [/^(\/spec)?\/channels\/slack\/signing_secret/, "slackSigningSecret"],
  [/^(\/spec)?\/channels\/slack/, "slackToken"],
  [/^(\/spec)?\/channels\/whatsapp\/phone_number_id/, "whatsappNumber"],
  [/^(\/spec)?\/channels\/whatsapp\/app_secret/, "whatsappAppSecret"],
  [/^(\/spec)?\/channels\/whatsapp/, "whatsappToken"],
  [/^(\/spec)?\/channels/, "telegramToken"],
  [/^(\/spec)?\/access\/allow/, "allow"],
  [/^(\/spec)?\/access/, "policy"],
  [/^(\/spec)?\/budget\/usd_per_day/, "usdPerDay"],
  [/^(\/spec)?\/budget\/turns_per_user_per_hour/, "turnsPerHour"],
  [/^\/secrets\/.*DISCORD/, "discordToken"],
  [/^\/secrets\/.*TELEGRAM/, "telegramToken"],
  [/^\/secrets\/.*SLACK.*SIGNING/, "slackSigningSecret"],
  [/^\/secrets\/.*SLACK/, "slackToken"],
  [/^\/secrets\/.*WHATSAPP.*APP/, "whatsappAppSecret"],
  [/^\/secrets\/.*WHATSAPP/, "whatsappToken"],
  [/^\/secrets\/.*KEY/, "modelKey"],
];

/** Whether the form shows the field as it is filled in; owner and name are asked for a new bot only. */
function drawn(place: keyof Draft, draft: Draft, isNew: boolean): boolean {
  if (place === "owner" || place === "name") return isNew;
  if (place === "webOrigins") return draft.webPublic;
  if (place === "allow") return draft.policy === "allowlist";
  if (place === "baseUrl") return draft.provider !== "embedded" && draft.provider !== "openai";
  if (place === "model" || place === "modelKey") return draft.provider !== "embedded";
  const channel = /^(telegram|discord|slack|whatsapp)./.exec(place)?.[1] as Channel | undefined;
  return channel === undefined || draft[channel];
}

type Channel = "telegram" | "discord" | "slack" | "whatsapp";

/** Each problem at its field, where that is shown and holds none yet; every other one among the others. */
export function placeErrors(
  error: unknown,
  draft: Draft,
  isNew = false,
): { fields: FieldErrors; others: FieldProblem[] } {
  const fields: FieldErrors = {};
  const others: FieldProblem[] = [];
  if (!(error instanceof ApiError)) return { fields, others };
  for (const problem of error.fields) {
    const place = PLACES.find(([pattern]) => pattern.test(problem.pointer))?.[1];
    if (place === undefined || place in fields || !drawn(place, draft, isNew)) others.push(problem);
    else fields[place] = problem.detail;
  }
  return { fields, others };
}
