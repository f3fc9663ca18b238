import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";
const KEY = "botyard-theme";
const CHANGED = "botyard-theme-changed";

function current(): Theme {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

function show(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event(CHANGED));
}

/** From light to dark and back, as the person’s own choice. */
export function turnTheme(): void {
  const next = current() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, next);
  show(next);
}

function listen(changed: () => void): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (!localStorage.getItem(KEY)) show(dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", follow);
  addEventListener(CHANGED, changed);
  return () => {
    dark.removeEventListener("change", follow);
    removeEventListener(CHANGED, changed);
  };
}

/** The theme, following the system until the person chooses one. */
export function useTheme(): [Theme, () => void] {
  return [useSyncExternalStore(listen, current), turnTheme];
}
