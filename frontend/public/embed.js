// One line puts a bot's public chat on a page: <script src="https://…/c/alice.support/embed.js" async></script>.
// data-theme="light" or "dark" chooses the look. Styles are set one by one, as strict policies of sites allow.
(() => {
  const script = document.currentScript;
  const page = new URL(script.src.replace(/\/embed\.js.*$/, ""));
  const theme = script.dataset.theme;
  if (theme === "light" || theme === "dark") page.searchParams.set("theme", theme);

  const button = document.createElement("button");
  const frame = document.createElement("iframe");
  const low = "2147483000";
  Object.assign(button.style, {
    position: "fixed", right: "20px", bottom: "20px", width: "56px", height: "56px", zIndex: low,
    border: "0", borderRadius: "50%", cursor: "pointer", background: "#13211f", color: "#fff",
    boxShadow: "0 8px 24px rgba(0,0,0,.28)", padding: "0",
  });
  Object.assign(frame.style, {
    position: "fixed", right: "20px", bottom: "88px", width: "min(400px, calc(100vw - 40px))",
    height: "min(620px, calc(100dvh - 120px))", zIndex: low, border: "0", borderRadius: "16px",
    boxShadow: "0 12px 40px rgba(0,0,0,.3)", display: "none", colorScheme: "normal",
  });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("width", "26");
  svg.setAttribute("height", "26");
  svg.setAttribute("aria-hidden", "true");
  svg.style.verticalAlign = "middle";
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of Object.entries({ fill: "none", stroke: "currentColor", "stroke-width": "1.5" }))
    path.setAttribute(name, value);
  svg.append(path);
  button.append(svg);
  button.type = "button";
  frame.title = "Chat";

  function show(open) {
    // The chat is loaded when it is wanted, so that it costs a visitor who passes by nothing.
    if (open && !frame.src) frame.src = page.href;
    frame.style.display = open ? "block" : "none";
    button.setAttribute("aria-expanded", String(open));
    button.setAttribute("aria-label", open ? "Close the chat" : "Open the chat");
    path.setAttribute("d", open ? "m5.5 5.5 9 9m0-9-9 9" : "M4 5h12v8.5H9L5.5 16.5v-3H4z");
    if (open) frame.focus();
  }
  button.addEventListener("click", () => show(frame.style.display === "none"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && frame.style.display !== "none") {
      show(false);
      button.focus();
    }
  });
  show(false);
  document.body.append(frame, button);
})();
