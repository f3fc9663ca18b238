import {
  createContext,
  type KeyboardEvent,
  type ReactNode,
  use,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { Icon, type IconName } from "./Icon";

interface Props {
  label: string;
  trigger: ReactNode;
  bordered?: boolean;
  /** Opens upward, for a bar at the bottom. */
  above?: boolean;
  /** The look of the button, where it is not an icon's. */
  shape?: string;
  children: ReactNode;
}

const Close = createContext<() => void>(() => undefined);

/** A menu button as ARIA's authoring practices have it: arrows move, Escape and Tab leave, the focus comes back. */
export function Menu({ label, trigger, bordered, above, shape, children }: Props) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return;
    items(root.current)[0]?.focus();
    const leave = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [open]);

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }
  function press(event: KeyboardEvent): void {
    if (event.key === "Tab") setOpen(false);
    if (event.key === "Escape") close();
    const target = destination(event.key, items(root.current));
    if (!target) return;
    event.preventDefault();
    target.focus();
  }

  return (
    <div ref={root} className="relative shrink-0">
      <button
        ref={button}
        type="button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setOpen(true);
        }}
        className={
          shape ??
          `grid h-10 min-w-10 place-items-center rounded-md text-soft transition hover:bg-sunk hover:text-ink aria-expanded:bg-sunk ${bordered ? "border border-edge/60 bg-paper shadow-card" : ""}`
        }
      >
        {trigger}
      </button>
      {open && (
        <div
          id={id}
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={press}
          className={`absolute right-0 z-40 min-w-52 animate-rise rounded-lg border border-line bg-paper p-1.5 shadow-float ${above ? "bottom-full mb-1.5" : "top-full mt-1.5"}`}
        >
          <Close value={close}>{children}</Close>
        </div>
      )}
    </div>
  );
}

function items(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)") ?? [])];
}

/** Where a key leads from the item that has the focus. */
function destination(key: string, all: HTMLElement[]): HTMLElement | undefined {
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (key === "ArrowDown") return all[(at + 1) % all.length];
  if (key === "ArrowUp") return all.at(at <= 0 ? -1 : at - 1);
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  return undefined;
}

interface ItemProps {
  icon: IconName;
  danger?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger, disabled, onClick, children }: ItemProps) {
  const close = use(Close);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      disabled={disabled}
      onClick={() => {
        close();
        onClick();
      }}
      className={`flex min-h-10 w-full items-center gap-3 whitespace-nowrap rounded-md px-3 text-left hover:bg-sunk focus-visible:bg-sunk disabled:opacity-50 ${danger ? "text-stop" : ""}`}
    >
      <Icon name={icon} className="size-4.5" />
      {children}
    </button>
  );
}
