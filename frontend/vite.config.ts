import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressed } from "./compressed.ts";
import { inlined } from "./inlined.ts";
import { offline } from "./offline.ts";

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

// Everything is a file of our own origin, as the page is served under `default-src 'self'`; but the few lines that must
// not wait, which the policy names by their digest. The public chat is built by itself (`--mode chat`): what two pages share would be a file of its own, and a request.
export default defineConfig(({ mode }) => ({
  base: "./",
  plugins: [react(), tailwindcss(), compressed(), ...(mode === "chat" ? [] : [inlined(), offline()])],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: mode !== "chat",
    copyPublicDir: mode !== "chat",
    rolldownOptions: {
      input: page(mode === "chat" ? "./chat.html" : "./index.html"),
      checks: { pluginTimings: false },
    },
  },
  server: { proxy: { "/api": process.env.BOTYARD_URL ?? "http://127.0.0.1:8080" } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"], restoreMocks: true },
}));
