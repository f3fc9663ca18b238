import { useEffect, useRef } from "react";
import { ApiError } from "@/client/problem";
import { Bubble } from "@/components/Chat/Bubble";
import { Composer } from "@/components/Chat/Composer";
import { FirstWords } from "@/components/Chat/FirstWords";
import { Icon } from "@/components/ui/Icon";
import { Mark } from "@/components/ui/Mark";
import { type About, useAbout, useVisit } from "@/hooks/use-visit";

/** The chat for everybody, as a page or in a frame of another site. */
export function PublicChat() {
  const about = useAbout();
  if (about === null) return <main aria-busy="true" />;
  if (about instanceof ApiError) return <NoChat />;
  return <Chat about={about} />;
}

function NoChat() {
  return (
    <main className="grid min-h-dvh place-content-center justify-items-center gap-2 p-6 text-center">
      <h1 className="font-semibold text-xl tracking-tight">There is no chat here</h1>
      <p className="max-w-narrow text-soft">It may have been closed. Ask whoever gave you the link.</p>
    </main>
  );
}

function Chat({ about }: { about: About }) {
  const visit = useVisit();
  const log = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each change of the messages.
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [visit.messages]);
  useEffect(() => {
    document.title = about.name;
  }, [about]);
  return (
    <main className="flex h-dvh flex-col">
      <header className="column flex items-center gap-3 border-line border-b py-3">
        <Mark id={about.id} className="size-9 rounded-md" />
        <div className="min-w-0 grow">
          <h1 className="truncate font-semibold tracking-tight">{about.name}</h1>
          {about.description && <p className="truncate text-faint text-sm">{about.description}</p>}
        </div>
        {visit.messages.length > 0 && (
          <button
            type="button"
            onClick={visit.restart}
            aria-label="New conversation"
            title="New conversation"
            className="-mr-2.5 grid size-10 shrink-0 place-items-center rounded-md text-soft hover:bg-sunk hover:text-ink"
          >
            <Icon name="plus" />
          </button>
        )}
      </header>
      <div
        ref={log}
        role="log"
        aria-label="Conversation"
        aria-busy={visit.busy}
        tabIndex={0}
        className="column flex grow flex-col gap-5 overflow-y-auto pt-4 pb-6 focus-visible:-outline-offset-2 [&>:first-child]:mt-auto"
      >
        {visit.messages.length === 0 && (
          <FirstWords id={about.id} name={about.name} template={about.template} onAsk={visit.ask} />
        )}
        {visit.messages.map((message) => (
          <Bubble key={message.key} message={message} bot={about.id} />
        ))}
      </div>
      <div className="column pb-[max(0.75rem,env(safe-area-inset-bottom))]">
        <Composer
          inside
          name={about.name}
          longest={4_000}
          busy={visit.busy}
          onSend={visit.ask}
          onStop={visit.stop}
        />
        <p className="pt-2 text-center text-faint text-xs">Answers come from a program and can be wrong.</p>
      </div>
    </main>
  );
}
