import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** What the API can do that the page has no use for, and why. */
const LEFT_OUT: Record<string, string> = {
  "PUT /api/v1/bots/{id}": "the page changes by a patch, which spares what others changed meanwhile",
  "GET /api/v1/bots/{id}/secrets/{name}": "they come with the bot",
  "GET /api/v1/managed-bots": "a link is on the page where it was made",
  "GET /api/v1/templates/{id}": "they come with the list",
  "GET /api/v1/spec/schema": "the form is built with it",
  "GET /api/v1/proposals": "not available yet",
  "GET /api/v1/teams/{name}/members": "they come with the team",
  "POST /api/v1/teams/{name}/members": "a role is set by PUT, whether somebody is in the team or not",
};

const SOURCE = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith("schema.d.ts"))
  .map((name) => readFileSync(join("src", name), "utf8"))
  .join("\n");

/** Every call of the document, as `GET /api/v1/bots`. */
function calls(): string[] {
  const { paths } = JSON.parse(readFileSync("openapi.json", "utf8")) as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Whether the page makes the call: by its client, or as a stream, whose address it writes out. */
function isMade(call: string): boolean {
  const [method, path = ""] = call.split(" ");
  const plain = (text: string) => text.replace(/[/{}$()]/g, "\\$&");
  const byClient = new RegExp(`api\\.${method}\\(\\s*"${plain(path)}"`);
  const filled = path.replace("{id}", "$" + "{encodeURIComponent(id)}");
  const byStream = new RegExp(`(openFeed|takeTurn)\\(\\s*["\`]${plain(filled)}[?"\`]`);
  return byClient.test(SOURCE) || byStream.test(SOURCE);
}

it("reaches all that the API can do, but for what is left out on purpose", () => {
  const missing = calls().filter((call) => !isMade(call));
  expect(missing.sort()).toEqual(Object.keys(LEFT_OUT).sort());
});
