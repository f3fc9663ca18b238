import type { OwnerQuota, Quota } from "@/client/types";

export interface Measure {
  key: keyof Quota;
  name: string;
  hint: string;
  /** What there is, as the limit is written. */
  used: (used: OwnerQuota["used"]) => string;
  /** How much of the limit that is; 1 is all of it. */
  share: (quota: OwnerQuota) => number;
}

const MIB = 1024 ** 2;
const UNITS: Record<string, number> = { Mi: MIB, Gi: 1024 ** 3 };

/** Bytes as `16Gi` says them. */
export function bytesOf(memory: string): number {
  return Number.parseInt(memory, 10) * (UNITS[memory.slice(-2)] ?? 1);
}

/** Processors as `500m` or `1.5` says them. */
export function processorsOf(cpu: string): number {
  return cpu.endsWith("m") ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu);
}

function shareOf(used: number, limit: number | null | undefined): number {
  if (limit == null) return 0;
  return limit > 0 ? used / limit : used > 0 ? 2 : 1;
}

/** What an owner's bots are counted by, in the order in which it is shown. */
export const MEASURES: Measure[] = [
  {
    key: "bots",
    name: "Bots",
    hint: "How many.",
    used: ({ bots }) => String(bots),
    share: ({ quota, used }) => shareOf(used.bots, quota.bots),
  },
  {
    key: "secrets",
    name: "Secrets",
    hint: "How many are stored.",
    used: ({ secrets }) => String(secrets),
    share: ({ quota, used }) => shareOf(used.secrets, quota.secrets),
  },
  {
    key: "cpu",
    name: "Processors",
    hint: "The sum of resources.cpu, such as 8 or 500m.",
    used: ({ cpu }) => String(cpu),
    share: ({ quota, used }) => shareOf(used.cpu, quota.cpu == null ? null : processorsOf(quota.cpu)),
  },
  {
    key: "memory",
    name: "Memory",
    hint: "The sum of resources.memory, such as 16Gi.",
    used: ({ memory }) => `${Math.round(memory / MIB)}Mi`,
    share: ({ quota, used }) => shareOf(used.memory, quota.memory == null ? null : bytesOf(quota.memory)),
  },
  {
    key: "usd_per_day",
    name: "Dollars a day",
    hint: "The sum of budget.usd_per_day.",
    used: ({ usd_per_day }) => String(usd_per_day),
    share: ({ quota, used }) => shareOf(used.usd_per_day, quota.usd_per_day),
  },
  {
    key: "tokens_per_day",
    name: "Tokens a day",
    hint: "The sum of budget.tokens_per_day.",
    used: ({ tokens_per_day }) => String(tokens_per_day),
    share: ({ quota, used }) => shareOf(used.tokens_per_day, quota.tokens_per_day),
  },
];

const NUMBERS = new Set<keyof Quota>(["bots", "secrets", "usd_per_day", "tokens_per_day"]);

/** The quota that typed limits describe; an empty one has none. What is no number is left for the API to refuse. */
export function quotaOf(typed: Record<string, string>): Quota {
  const given = MEASURES.map(({ key }) => [key, (typed[key] ?? "").trim()] as const).filter(
    ([, text]) => text,
  );
  return Object.fromEntries(
    given.map(([key, text]) => [
      key,
      NUMBERS.has(key) && Number.isFinite(Number(text)) ? Number(text) : text,
    ]),
  );
}
