import type { ReactNode } from "react";

export function Card({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="overflow-hidden rounded-xl border border-line bg-paper shadow-card"
    >
      <div className="flex min-h-12 items-center justify-between gap-3 border-line border-b px-4 sm:px-5">
        <h2 className="font-semibold tracking-tight">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
