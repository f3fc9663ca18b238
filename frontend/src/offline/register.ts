/** Has the page's own files kept for when there is no network; not while the page is worked on. */
export function keepShell(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // After all that was asked for first: nobody waits for what is kept for later.
  addEventListener("load", () => {
    navigator.serviceWorker.register("./worker.js").catch(() => {
      // A browser that keeps nothing, in a private window say, shows the page all the same.
    });
  });
}
