// Runs before the first paint, so that the page does not flash the other theme.
(() => {
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
