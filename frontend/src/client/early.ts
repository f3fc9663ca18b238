/** What `public/start.js` has asked for already: each answer is taken once, by the first who asks the same. */
declare global {
  interface Window {
    botyardEarly?: Map<string, Promise<Response>>;
  }
}

/** As `fetch`, but for an answer that is on its way. A write makes those stale. */
export function fetchOrTake(request: Request): Promise<Response> {
  const early = window.botyardEarly;
  if (request.method !== "GET") early?.clear();
  const { pathname, search } = new URL(request.url);
  const taken = early?.get(pathname + search);
  early?.delete(pathname + search);
  return taken ?? fetch(request);
}
