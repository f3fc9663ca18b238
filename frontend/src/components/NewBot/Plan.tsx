import type { ReactNode } from "react";
import type { Spec } from "@/client/types";
import { commitPath, type Draft, secretsOf, specOf } from "@/components/BotForm/draft";
import { Button } from "@/components/ui/Button";
import { Mark } from "@/components/ui/Mark";
import { modelLabel } from "@/components/ui/model-label";

/** What Deploy will do, while it can still be changed. On a phone only the button stays, within the thumb's reach. */
export function Plan({ draft, base, busy }: { draft: Draft; base: Spec; busy: boolean }) {
  const name = draft.name.trim();
  const id = name ? `${draft.owner}.${name}` : "";
  const sealed = Object.keys(secretsOf(draft, base));
  const channels = ["Web chat", ...(draft.telegram ? ["Telegram"] : [])].join(", ");
  return (
    <aside
      aria-label="What will be deployed"
      className="sticky bottom-0 -mx-4 border-line border-t bg-fog px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:-mx-6 sm:px-6 md:top-20 md:bottom-auto md:mx-0 md:grid md:gap-4 md:rounded-xl md:border md:bg-paper md:p-5 md:shadow-card"
    >
      <div className="hidden items-center gap-3 md:flex">
        <Mark id={id || "new"} className="size-10" />
        <p className="min-w-0 break-words font-medium font-mono text-sm">
          {id || <span className="text-faint">no name yet</span>}
        </p>
      </div>
      <dl className="hidden gap-3 text-sm md:grid">
        <Row term="Commits">
          <span className="break-all font-mono">{commitPath(draft.owner, name || "…")}</span>
        </Row>
        <Row term="Model">{modelLabel(specOf(draft, base).model)}</Row>
        <Row term="Channels">{channels}</Row>
        {sealed.length > 0 && (
          <Row term="Seals">
            <span className="font-mono">{sealed.join(", ")}</span>
          </Row>
        )}
      </dl>
      <Button type="submit" look="solid" busy={busy} className="w-full">
        Deploy
      </Button>
      <p className="hidden text-faint text-sm md:block">
        Deployed means answered: the last step is its first reply.
      </p>
    </aside>
  );
}

function Row({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="grid gap-0.5">
      <dt className="text-faint">{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
