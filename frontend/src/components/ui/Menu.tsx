import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

interface Props {
  label: string;
  trigger: ReactNode;
  bordered?: boolean;
  children: ReactNode;
}

export function Menu({ label, trigger, bordered, children }: Props) {
  return (
    <Base.Root>
      <Base.Trigger
        aria-label={label}
        className={`grid h-10 min-w-10 place-items-center rounded-md text-soft transition hover:bg-sunk hover:text-ink data-popup-open:bg-sunk ${bordered ? "border border-edge/60 bg-paper shadow-card" : ""}`}
      >
        {trigger}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={6} className="z-40 outline-none">
          <Base.Popup className="min-w-52 rounded-lg border border-line bg-paper p-1.5 shadow-float outline-none transition data-ending-style:opacity-0 data-starting-style:opacity-0">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface ItemProps {
  icon: IconName;
  danger?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger, disabled, onClick, children }: ItemProps) {
  return (
    <Base.Item
      onClick={onClick}
      disabled={disabled}
      className={`flex min-h-10 cursor-pointer items-center gap-3 rounded-md px-3 outline-none data-disabled:cursor-not-allowed data-highlighted:bg-sunk data-disabled:opacity-50 ${danger ? "text-stop" : ""}`}
    >
      <Icon name={icon} className="size-4.5" />
      {children}
    </Base.Item>
  );
}
