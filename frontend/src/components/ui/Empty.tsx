import type { ReactNode } from "react";

interface Props {
  title: string;
  action?: ReactNode;
  picture?: ReactNode;
  children: ReactNode;
}

/** A place with nothing in it yet: what belongs here, and how to get it. */
export function Empty({ title, action, picture, children }: Props) {
  return (
    <div className="mx-auto grid max-w-text grow content-center justify-items-center gap-3 py-16 text-center">
      {picture}
      <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
      <p className="max-w-narrow text-soft">{children}</p>
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
