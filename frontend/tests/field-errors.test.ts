import { describe, expect, it } from "vitest";
import { ApiError } from "@/client/problem";
import { draftOf } from "@/components/BotForm/draft";
import { placeErrors } from "@/components/BotForm/field-errors";

function refused(...pointers: string[]): ApiError {
  const errors = pointers.map((pointer) => ({ pointer, detail: `wrong ${pointer}` }));
  return new ApiError(422, { title: "Not valid", errors });
}

const BARE = draftOf({ name: "desk" }, "admin");
const FULL = { ...BARE, provider: "openai-compatible", telegram: true, webPublic: true, policy: "allowlist" };

describe("problems of a form", () => {
  it("land at the field they are about", () => {
    const { fields, others } = placeErrors(
      refused("/spec/name", "/spec/model/base_url", "/secrets/TELEGRAM_TOKEN"),
      FULL,
      true,
    );
    expect(fields.name).toBe("wrong /spec/name");
    expect(fields.baseUrl).toBe("wrong /spec/model/base_url");
    expect(fields.telegramToken).toBe("wrong /secrets/TELEGRAM_TOKEN");
    expect(others).toEqual([]);
  });

  it("are kept when no field shows them", () => {
    expect(placeErrors(refused("/spec/memory/turns"), FULL).others).toHaveLength(1);
  });

  it.each([
    "/channels/telegram/token",
    "/channels/web/origins/0",
    "/access/allow/0",
    "/model/base_url",
    "/model/key",
  ])("are kept when the field of %s is not drawn", (pointer) => {
    expect(placeErrors(refused(pointer), FULL).others).toEqual([]);
    expect(placeErrors(refused(pointer), BARE)).toEqual({
      fields: {},
      others: [{ pointer, detail: `wrong ${pointer}` }],
    });
  });

  it("are kept when the field shows another already, or is asked for a new bot only", () => {
    const { fields, others } = placeErrors(refused("/access/allow/0", "/access/allow/1", "/name"), FULL);
    expect(fields).toEqual({ allow: "wrong /access/allow/0" });
    expect(others.map(({ pointer }) => pointer)).toEqual(["/access/allow/1", "/name"]);
  });
});
