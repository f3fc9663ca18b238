/** The least that React can be: what the page's time to interactive is compared with. */
import { createElement, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

function Hello() {
  const [count, setCount] = useState(0);
  return createElement("button", { type: "button", onClick: () => setCount(count + 1) }, `Hello ${count}`);
}

createRoot(document.getElementById("root")).render(createElement(StrictMode, null, createElement(Hello)));
