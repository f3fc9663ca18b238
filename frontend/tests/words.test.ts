import { expect, it } from "vitest";
import type { Operation } from "@/client/types";
import { place, subject, whatChanged } from "@/components/History/words";
import { timed } from "@/components/Operation/timing";
import { pattern } from "@/components/ui/Mark";
import { safeLink } from "@/components/ui/safe-link";
import { ago, lasted } from "@/components/ui/Time";

it("says pointers and commits in words", () => {
  expect(place("/model/base_url")).toBe("model › base url");
  expect(place("")).toBe("the whole bot");
  expect(subject("Change al.support\n\nOperation: 1")).toBe("Change al.support");
  expect(whatChanged(["/a", "/b", "/c", "/d"].map((pointer) => ({ pointer })))).toBe("a, b, c and 1 more");
});

it("times each step from the one before", () => {
  const start = Date.parse("2026-01-01T00:00:00Z");
  const at = (ms: number) => new Date(start + ms).toISOString();
  const operation = {
    created_at: at(0),
    steps: [
      { name: "accepted", state: "succeeded", at: at(100) },
      { name: "committed", state: "succeeded", at: at(350) },
      { name: "synced", state: "running", at: at(360) },
      { name: "started", state: "pending" },
    ],
  } as Operation;
  expect(timed(operation, start + 1000).map(({ took }) => took)).toEqual([100, 250, 650, null]);
});

it("tells time as people do", () => {
  expect(lasted(42)).toBe("");
  expect(lasted(230)).toBe("0.2 s");
  expect(lasted(1340)).toBe("1.3 s");
  expect(lasted(65_000)).toBe("1 min 5 s");
  const now = Date.parse("2026-01-02T00:00:00Z");
  expect(ago("2026-01-01T23:59:40Z", now)).toBe("just now");
  expect(ago("2026-01-01T00:00:00Z", now)).toBe("yesterday");
});

it("follows links to the web and nowhere else", () => {
  expect(safeLink("https://t.me/x?start=1")).toBe("https://t.me/x?start=1");
  for (const bad of [
    "javascript:alert(1)",
    "JaVaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "/x",
    "",
    null,
  ])
    expect(safeLink(bad)).toBeNull();
});

it("draws each bot its own mirrored face, and always the same", () => {
  const one = pattern("al.support");
  expect(pattern("al.support")).toEqual(one);
  expect(pattern("al.sales")).not.toEqual(one);
  for (let row = 0; row < 5; row++)
    expect(one.slice(row * 5, row * 5 + 5)).toEqual(one.slice(row * 5, row * 5 + 5).reverse());
});
