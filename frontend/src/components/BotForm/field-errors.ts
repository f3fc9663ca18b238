/** The API's pointers, led to the fields of the form; what belongs to none is said above it. */
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

export function placeErrors(error: unknown): { fields: FieldErrors; others: FieldProblem[] } {
  const fields: FieldErrors = {};
  const others: FieldProblem[] = [];
  if (!(error instanceof ApiError)) return { fields, others };
  for (const problem of error.fields) {
    const place = PLACES.find(([pattern]) => pattern.test(problem.pointer))?.[1];
    if (place === undefined) others.push(problem);
    else fields[place] ??= problem.detail;
  }
  return { fields, others };
}
