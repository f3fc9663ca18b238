import type { ReactNode } from "react";

/** What a page is, in a word and a sentence, and what can be done on it. */
export function PageHead({
  title,
  action,
  children,
}: {
  title: string;
  action?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="grid gap-1">
        <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
        {children && <p className="max-w-text text-soft">{children}</p>}
      </div>
      {action}
    </div>
  );
}
