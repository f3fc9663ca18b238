/** Puts `public/start.js` into the page itself: the policy names what is in it (`control_api/kit/page_policy.py`). */
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const START = new URL("public/start.js", import.meta.url);
const TAG = /<script\s+src="\.\/start\.js" data-asks><\/script>/;

export function inlined(): Plugin {
  return {
    name: "inlined",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        if (!TAG.test(html)) throw new Error("index.html does not load start.js any more");
        const start = readFileSync(START, "utf8").replace(/^\s*\/\/.*\n/gm, "");
        return html.replace(TAG, () => `<script data-asks>\n${start}</script>`);
      },
    },
  };
}
