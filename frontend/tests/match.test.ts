import { expect, test } from "vitest";
import { match } from "@/router/match";

test("a pattern takes the parts of an address by name", () => {
  expect(match("/bots/:bot", "/bots/al.hello")).toEqual({ bot: "al.hello" });
  expect(match("/bots/:bot", "/bots/al.hello/")).toEqual({ bot: "al.hello" });
  expect(match("/bots/:bot", "/bots/al.hello/chat")).toBeNull();
  expect(match("/bots/:bot", "/bots/")).toBeNull();
  expect(match("/", "/")).toEqual({});
  expect(match("/new", "/newer")).toBeNull();
});

test("a part may be left out, and a star takes the rest", () => {
  expect(match("/bots/:bot/:tab?", "/bots/al.hello")).toEqual({ bot: "al.hello", tab: undefined });
  expect(match("/bots/:bot/:tab?", "/bots/al.hello/logs")).toEqual({ bot: "al.hello", tab: "logs" });
  expect(match("/bots/:bot/*", "/bots/al.hello/conversations/1")).toEqual({ bot: "al.hello" });
  expect(match("/*", "/anything/at/all")).toEqual({});
});

test("parts are decoded, and what cannot be is taken as it stands", () => {
  expect(match("/c/:id", "/c/telegram%3A1%2F2")).toEqual({ id: "telegram:1/2" });
  expect(match("/c/:id", "/c/%zz")).toEqual({ id: "%zz" });
});
