// @vitest-environment node
import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, it } from "vitest";

it("has a client as fresh as the API’s description", { timeout: 20_000 }, async () => {
  const described = new URL("../openapi.json", import.meta.url);
  const fresh = astToString(await openapiTS(JSON.parse(readFileSync(described, "utf8"))));
  const committed = readFileSync(new URL("../src/client/schema.d.ts", import.meta.url), "utf8");
  expect(committed.endsWith(fresh), "run `npm run generate`").toBe(true);
});
