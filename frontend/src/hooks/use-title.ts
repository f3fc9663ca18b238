import { useEffect } from "react";

/** The title of the browser's tab, and what a screen reader says on arriving. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "Botyard" ? title : `${title} · Botyard`;
  }, [title]);
}
