// Runs before the first paint, so that the page does not flash the other theme. Where its tag says so, it also asks who
// is signed in, and for the first bots where the page is their list, while the page's script is on its way:
// `src/client/early.ts` takes the answers. In `index.html` the build puts it inline, so that it waits for nothing.
(() => {
  if ("asks" in document.currentScript.dataset && !location.hash.startsWith("#/sign-in")) {
    const paths = ["/api/v1/me"];
    if (location.hash === "" || location.hash === "#/") paths.unshift("/api/v1/bots?limit=100");
    window.botyardEarly = new Map(
      paths.map((path) => {
        const answer = fetch(path);
        answer.catch(() => undefined);
        return [path, answer];
      }),
    );
  }

  // After the questions: what the browser keeps comes from another process, too.
  const asked = new URLSearchParams(location.search).get("theme");
  let chosen = asked === "dark" || asked === "light" ? asked : null;
  try {
    chosen ??= localStorage.getItem("botyard-theme");
  } catch {
    // In a frame of another site nothing may be kept.
  }
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
