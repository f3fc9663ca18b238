import { expect, it } from "vitest";
import type { Bot } from "@/client/types";
import { deed } from "@/components/Audit/words";
import { entriesFor, sought } from "@/components/Palette/entries";

const shop = { id: "al.shop", spec: { description: "Sells" } } as Bot;

it("leads to places by any of their words, and into the tab of a bot", () => {
  expect(entriesFor("doctor", [], []).map(({ to }) => to)).toEqual(["/system"]);
  expect(entriesFor("", [shop], []).map(({ to }) => to)).toContain("/bots/al.shop");
  expect(entriesFor("shop logs", [shop], [])[0]?.to).toBe("/bots/al.shop/logs");
  expect(entriesFor("shop", [shop], [])[0]?.to).toBe("/bots/al.shop");
  expect([sought("shop logs"), sought("shop"), sought("logs")]).toEqual(["shop", "shop", "logs"]);
});

it("says what was done in words", () => {
  expect(deed("bot.delete")).toBe("Deleted");
  expect(deed("token.create")).toBe("Made token");
  expect(deed("bot.bulk")).toBe("Changed many bots");
  expect(deed("owner.thing")).toBe("owner thing");
});
