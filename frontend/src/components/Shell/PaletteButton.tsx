import { lazy, Suspense, useEffect, useState } from "react";
import { Icon } from "@/components/ui/Icon";

const Palette = lazy(async () => ({ default: (await import("@/components/Palette/Palette")).Palette }));
const APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Opens the palette, as Ctrl K (⌘ K on a Mac) does from anywhere. */
export function PaletteButton() {
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      setWanted(true);
      setOpen((now) => !now);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return (
    <>
      <button
        type="button"
        aria-keyshortcuts="Control+K Meta+K"
        aria-haspopup="dialog"
        onClick={() => {
          setWanted(true);
          setOpen(true);
        }}
        className="flex h-10 min-w-10 items-center justify-center gap-2 rounded-md px-2.5 text-soft text-sm transition hover:bg-sunk hover:text-ink"
      >
        <Icon name="search" />
        <span className="sr-only">Go to</span>
        <kbd className="hidden font-sans text-faint sm:block">{APPLE ? "⌘ K" : "Ctrl K"}</kbd>
      </button>
      {wanted && (
        <Suspense fallback={null}>
          <Palette open={open} onOpenChange={setOpen} />
        </Suspense>
      )}
    </>
  );
}
