/*
 * Keeps the page's own files, so that it opens without a network: it then says that Botyard cannot be reached, and goes
 * on by itself. What the API answers is never kept. The build writes the names of the files in place of `FILES`, and
 * VERSION is of what is in them.
 */
const VERSION = "__VERSION__";
const FILES = ["__FILES__"];
const SHELL = "./";

addEventListener("install", (event) => {
  event.waitUntil(keep());
});

addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const root = new URL(SHELL, location.href).pathname;
  if (request.mode === "navigate") {
    // Other addresses, such as a public chat's, are no part of this page.
    if (url.pathname === root) event.respondWith(fetch(request).catch(() => caches.match(SHELL)));
  } else if (url.pathname.startsWith(`${root}assets/`)) {
    // Their names change with what is in them.
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  } else if (FILES.includes(`./${url.pathname.slice(root.length)}`)) {
    event.respondWith(fetch(request).catch(() => caches.match(request)));
  }
});

async function keep() {
  const cache = await caches.open(VERSION);
  await cache.addAll([SHELL, ...FILES]);
  await skipWaiting();
}

async function forgetOthers() {
  for (const name of await caches.keys()) if (name !== VERSION) await caches.delete(name);
  await clients.claim();
}
