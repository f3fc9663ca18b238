import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkProps } from "@/router";
import { Icon, type IconName } from "./Icon";
import { Spinner } from "./Spinner";

type Look = "solid" | "plain" | "quiet" | "danger";

const SHAPE =
  "inline-flex select-none items-center justify-center gap-2 whitespace-nowrap rounded-md font-medium no-underline transition active:translate-y-px aria-disabled:pointer-events-none aria-disabled:opacity-55 disabled:cursor-not-allowed disabled:opacity-55";
const SIZE = { normal: "min-h-10 px-4 text-base", small: "min-h-8 px-3 text-sm" };
const LOOK: Record<Look, string> = {
  solid: "bg-ink text-on-ink hover:opacity-88",
  plain: "border border-edge/60 bg-paper text-ink shadow-card hover:border-edge hover:bg-sunk",
  quiet: "text-soft hover:bg-sunk hover:text-ink",
  danger: "bg-stop text-paper hover:opacity-88",
};

interface Common {
  look?: Look;
  size?: "normal" | "small";
  icon?: IconName;
  children: ReactNode;
}

export function buttonClass(look: Look = "plain", size: "normal" | "small" = "normal"): string {
  return `${SHAPE} ${SIZE[size]} ${LOOK[look]}`;
}

export function Button({
  look,
  size,
  icon,
  busy = false,
  children,
  className = "",
  ...rest
}: Common & { busy?: boolean } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      className={`${buttonClass(look, size)} ${className}`}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} className="-ml-1 size-4.5" />}
      {children}
    </button>
  );
}

export function ButtonLink({ look, size, icon, children, className = "", ...rest }: Common & LinkProps) {
  return (
    <Link {...rest} className={`${buttonClass(look, size)} ${className}`}>
      {icon && <Icon name={icon} className="-ml-1 size-4.5" />}
      {children}
    </Link>
  );
}
