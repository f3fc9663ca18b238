import { describe, expect, it } from "vitest";
import { ApiError } from "@/client/problem";
import { placeErrors } from "@/components/BotForm/field-errors";

function refused(...pointers: string[]): ApiError {
  const errors = pointers.map((pointer) => ({ pointer, detail: `wrong ${pointer}` }));
  return new ApiError(422, { title: "Not valid", errors });
}

describe("problems of a form", () => {
  it("land at the field they are about", () => {
    const { fields, others } = placeErrors(
      refused("/spec/name", "/spec/model/base_url", "/secrets/TELEGRAM_TOKEN"),
    );
    expect(fields.name).toBe("wrong /spec/name");
    expect(fields.baseUrl).toBe("wrong /spec/model/base_url");
    expect(fields.telegramToken).toBe("wrong /secrets/TELEGRAM_TOKEN");
    expect(others).toEqual([]);
  });

  it("are kept when no field shows them", () => {
    expect(placeErrors(refused("/spec/memory/turns")).others).toHaveLength(1);
  });
});
