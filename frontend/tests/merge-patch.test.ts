import { describe, expect, it } from "vitest";
import { mergePatch } from "@/components/BotForm/merge-patch";

describe("a merge patch", () => {
  it("is empty for what is equal, whatever the order of its keys", () => {
    expect(mergePatch({ a: 1, b: { c: [1], d: 2 } }, { b: { d: 2, c: [1] }, a: 1 })).toEqual({});
  });

  it("names what is gone with null and goes into what is nested", () => {
    expect(mergePatch({ a: 1, b: { c: 1, d: 2 } }, { b: { c: 1, d: 3 } })).toEqual({ a: null, b: { d: 3 } });
  });

  it("replaces lists whole", () => {
    expect(mergePatch({ a: [1, 2] }, { a: [2] })).toEqual({ a: [2] });
  });
});
