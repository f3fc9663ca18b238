// Asks who is signed in, and for the first bots where the page is their list, while the page's script is on its way.
// `src/client/early.ts` takes the answers.
(() => {
  if (location.hash.startsWith("#/sign-in")) return;
  const paths = ["/api/v1/me"];
  if (location.hash === "" || location.hash === "#/") paths.push("/api/v1/bots?limit=100");
  window.botyardEarly = new Map(
    paths.map((path) => {
      const answer = fetch(path);
      answer.catch(() => undefined);
      return [path, answer];
    }),
  );
})();
