import type { ReactNode } from "react";
import { Link } from "@/router";
import { Icon } from "./Icon";

export function BackLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link
      to={to}
      className="-ml-1 flex w-fit items-center gap-1 rounded-sm py-1 pr-1 text-faint text-sm no-underline hover:text-ink"
    >
      <Icon name="back" className="size-4" />
      {children}
    </Link>
  );
}
