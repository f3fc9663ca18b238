import { expect, it } from "vitest";
import { bytesOf, MEASURES, processorsOf, quotaOf } from "@/components/Quota/measures";

const used = { bots: 3, secrets: 0, cpu: 0.5, memory: 512 * 1024 ** 2, usd_per_day: 2, tokens_per_day: 10 };

function shares(quota: object): Record<string, number> {
  return Object.fromEntries(MEASURES.map(({ key, share }) => [key, share({ owner: "al", quota, used })]));
}

it("reads amounts as the file has them", () => {
  expect(bytesOf("16Gi")).toBe(16 * 1024 ** 3);
  expect(bytesOf("128Mi")).toBe(128 * 1024 ** 2);
  expect(processorsOf("500m")).toBe(0.5);
  expect(processorsOf("1.5")).toBe(1.5);
});

it("says how much of each limit is used", () => {
  expect(shares({})).toEqual({ bots: 0, secrets: 0, cpu: 0, memory: 0, usd_per_day: 0, tokens_per_day: 0 });
  expect(shares({ bots: 4, cpu: "500m", memory: "256Mi", secrets: 0 })).toEqual({
    bots: 0.75,
    secrets: 1,
    cpu: 1,
    memory: 2,
    usd_per_day: 0,
    tokens_per_day: 0,
  });
});

it("takes an empty limit for none, and leaves what is no number to the API", () => {
  expect(quotaOf({ bots: " 5 ", cpu: "8", memory: "", usd_per_day: "much" })).toEqual({
    bots: 5,
    cpu: "8",
    usd_per_day: "much",
  });
});
