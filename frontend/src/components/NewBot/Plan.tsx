import type { ReactNode } from "react";
import type { Spec } from "@/client/types";
import { MESSENGERS } from "@/components/BotForm/channel-secrets";
import { commitPath, type Draft } from "@/components/BotForm/draft";
import { CHANNEL_NAMES } from "@/components/ui/ChannelIcons";
import { Mark } from "@/components/ui/Mark";
import { modelLabel } from "@/components/ui/model-label";

interface Props {
  draft: Draft;
  spec: Spec;
  /** Names of the secrets that go with it. */
  sealed: string[];
}

/** What Deploy will do, while it can still be changed. */
export function Plan({ draft, spec, sealed }: Props) {
  const name = draft.name.trim();
  const id = name ? `${draft.owner}.${name}` : "";
  const messengers = MESSENGERS.filter((each) => draft[each]).map((each) => CHANNEL_NAMES[each]);
  const channels = [draft.webPublic ? "Public web chat" : "Web chat", ...messengers].join(", ");
  return (
    <div className="grid gap-4">
      <div className="flex items-center gap-3">
        <Mark id={id || "new"} className="size-10" />
        <p className="min-w-0 break-words font-medium font-mono text-sm">
          {id || <span className="text-faint">no name yet</span>}
        </p>
      </div>
      <dl className="grid gap-3 text-sm">
        <Row term="Commits">
          <span className="break-all font-mono">{commitPath(draft.owner, name || "…")}</span>
        </Row>
        <Row term="Model">{modelLabel(spec.model)}</Row>
        <Row term="Channels">{channels}</Row>
        {draft.telegram && (
          <Row term="Telegram’s messages come by">
            <span className="break-all font-mono">{`/webhook/${id || "…"}`}</span>
            <span className="text-faint"> where Botyard has a public address; else they are fetched</span>
          </Row>
        )}
        {(["slack", "whatsapp"] as const).map(
          (each) =>
            draft[each] && (
              <Row key={each} term={`${CHANNEL_NAMES[each]}’s messages come by`}>
                <span className="break-all font-mono">{`/webhook/${id || "…"}/${each}`}</span>
                <span className="text-faint"> at Botyard’s public address</span>
              </Row>
            ),
        )}
        {sealed.length > 0 && (
          <Row term="Seals">
            <span className="break-all font-mono">{sealed.join(", ")}</span>
          </Row>
        )}
      </dl>
      <p className="text-faint text-sm">Deployed means answered: the last step is its first reply.</p>
    </div>
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
