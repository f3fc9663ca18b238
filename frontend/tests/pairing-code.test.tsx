import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { Bot } from "@/client/types";
import { PairingCode } from "@/components/Access/PairingCode";
import { keys } from "@/hooks/keys";

const BOT = { id: "desk.help", owner: "desk", channels: {} } as unknown as Bot;

function shownTo(role: string | null, operator = false): boolean {
  const cache = new QueryClient();
  const owners = role === null ? [] : [{ name: "desk", role }];
  cache.setQueryData(keys.me, { user: { name: "di", operator }, owners });
  cache.setQueryData(keys.access(BOT.id), { policy: "pairing", people: [] });
  render(
    <QueryClientProvider client={cache}>
      <PairingCode bot={BOT} />
    </QueryClientProvider>,
  );
  return screen.queryByText("Pairing code") !== null;
}

describe("the pairing code", () => {
  afterEach(cleanup);

  it.each(["owner", "editor"])("is there for an %s", (role) => {
    expect(shownTo(role)).toBe(true);
  });

  it("is there for an operator", () => {
    expect(shownTo(null, true)).toBe(true);
  });

  it("is not said to have been used to who may only look", () => {
    expect(shownTo("viewer")).toBe(false);
  });
});
