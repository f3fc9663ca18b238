import type { ReactNode } from "react";

/** A part of a form: what it is about on the left, its fields on the right; one above the other on a phone. */
export function Section({ title, hint, children }: { title: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <section className="grid gap-4 border-line border-t py-7 first:border-t-0 first:pt-0">
      <div>
        <h2 className="font-semibold text-lg tracking-tight">{title}</h2>
        {hint && <p className="text-faint text-sm">{hint}</p>}
      </div>
      <div className="grid gap-5">{children}</div>
    </section>
  );
}
