/** Writes `worker.js` with the names of all that was built, so that it can keep them. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { Plugin } from "vite";

const SOURCE = new URL("src/offline/worker.js", import.meta.url);
const PUBLIC = new URL("public/", import.meta.url);

export function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    generateBundle(_, bundle) {
      const built = Object.keys(bundle).filter((name) => !name.endsWith(".html"));
      const files = [...built, ...readdirSync(PUBLIC)].map((name) => `./${name}`).sort();
      const page = bundle["index.html"];
      const seen = createHash("sha256").update(JSON.stringify(files));
      seen.update(page?.type === "asset" ? page.source : "");
      for (const name of readdirSync(PUBLIC)) seen.update(readFileSync(new URL(name, PUBLIC)));
      const source = readFileSync(SOURCE, "utf8")
        .replace('"__FILES__"', files.map((name) => JSON.stringify(name)).join(", "))
        .replace("__VERSION__", seen.digest("hex").slice(0, 16));
      this.emitFile({ type: "asset", fileName: "worker.js", source });
    },
  };
}
