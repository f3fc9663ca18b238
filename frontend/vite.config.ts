import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressed } from "./compressed.ts";
import { offline } from "./offline.ts";

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

// Everything is a file of our own origin: the page is served under `default-src 'self'`, so nothing is inlined.
export default defineConfig({
  base: "./",
  plugins: [react(), tailwindcss(), offline(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: [page("./index.html"), page("./chat.html")] },
  },
  server: { proxy: { "/api": process.env.BOTYARD_URL ?? "http://127.0.0.1:8080" } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"], restoreMocks: true },
});
