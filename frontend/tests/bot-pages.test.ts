import { expect, it } from "vitest";
import type { Bot, Phase } from "@/client/types";
import { isWanted, type Pages, told, type Wanted } from "@/hooks/bot-pages";

const ALL: Wanted = { words: "", channel: "", phases: [] };

function bot(id: string, phase: Phase = "idle", spec = {}): Bot {
  return { id, spec, status: { phase } } as Bot;
}

function pages(...ids: string[][]): Pages {
  const made = ids.map((each, number) => ({
    items: each.map((id) => bot(id)),
    next_cursor: "next",
    total: number ? null : 10,
    event: 5,
  }));
  return { pages: made, pageParams: [] };
}

function after(data: Pages, news: [string, Bot | null][], wanted = ALL) {
  const { pages } = told(data, { bots: new Map(news), event: 9 }, wanted);
  return { ids: pages.map(({ items }) => items.map(({ id }) => id)), total: pages[0]?.total, pages };
}

it("changes a bot in its place and remembers up to where it has heard", () => {
  const { ids, total, pages: now } = after(pages(["a", "c"], ["e"]), [["c", bot("c", "paused")]]);
  expect(ids).toEqual([["a", "c"], ["e"]]);
  expect([total, now[0]?.event, now[0]?.items[1]?.status.phase]).toEqual([10, 9, "paused"]);
});

it("puts a new bot where it belongs, or leaves it to the page that will bring it", () => {
  const two = pages(["a", "c"], ["e"]);
  expect(after(two, [["b", bot("b")]])).toMatchObject({ ids: [["a", "b", "c"], ["e"]], total: 11 });
  expect(after(two, [["d", bot("d")]]).ids).toEqual([
    ["a", "c"],
    ["d", "e"],
  ]);
  expect(after(two, [["f", bot("f")]])).toMatchObject({ ids: [["a", "c"], ["e"]], total: 11 });
  const ended = pages(["a"]);
  for (const page of ended.pages) page.next_cursor = "";
  expect(after(ended, [["f", bot("f")]]).ids).toEqual([["a", "f"]]);
});

it("takes away what is gone or no longer asked for", () => {
  const list = pages(["a", "b"]);
  expect(after(list, [["a", null]])).toMatchObject({ ids: [["b"]], total: 9 });
  const trouble: Wanted = { ...ALL, phases: ["failed"] };
  expect(after(list, [["a", bot("a", "live")]], trouble).ids).toEqual([["b"]]);
  expect(after(list, [["x", null]])).toMatchObject({ ids: [["a", "b"]], total: 10 });
});

it("asks of a bot what the API asks", () => {
  const shop = bot("al.shop", "live", { description: "Sells Parcels", channels: { telegram: {} } });
  const wanted = (some: Partial<Wanted>) => isWanted(shop, { ...ALL, ...some });
  expect(wanted({ words: "parcels SHOP" })).toBe(true);
  expect(wanted({ words: "parcels tea" })).toBe(false);
  expect([wanted({ channel: "web" }), wanted({ channel: "telegram" }), wanted({ channel: "slack" })]).toEqual(
    [true, true, false],
  );
  expect(wanted({ phases: ["paused"] })).toBe(false);
});
