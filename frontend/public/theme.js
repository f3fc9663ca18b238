// Runs before the first paint, so that the page does not flash the other theme.
(() => {
  const chosen = localStorage.getItem("botyard-theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
