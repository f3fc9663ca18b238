import { useEffect, useRef } from "react";
import { Bubble } from "@/components/Chat/Bubble";
import { Composer } from "@/components/Chat/Composer";
import { Button } from "@/components/ui/Button";
import { type Trial, useTry } from "@/hooks/use-try";

/** A chat with what is not deployed: nothing of it is committed or kept. */
export function TryChat({ trial, id }: { trial: Trial; id: string }) {
  const chat = useTry(trial);
  const log = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each change of the messages.
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [chat.messages]);
  return (
    <section aria-label="Try it" className="flex min-h-80 flex-col">
      <div className="flex min-h-8 items-center justify-between gap-3">
        <p className="text-faint text-sm">As it stands now. Nothing is committed or kept.</p>
        {chat.messages.length > 0 && (
          <Button look="quiet" size="small" onClick={chat.clear}>
            Start over
          </Button>
        )}
      </div>
      <div
        ref={log}
        role="log"
        aria-label="Trial"
        aria-busy={chat.busy}
        tabIndex={0}
        className="flex max-h-[55dvh] grow flex-col gap-4 overflow-y-auto py-3 [&>:first-child]:mt-auto"
      >
        {chat.messages.map((message) => (
          <Bubble key={message.key} message={message} bot={id} />
        ))}
      </div>
      <Composer inside name="the draft" busy={chat.busy} onSend={chat.ask} onStop={chat.stop} />
    </section>
  );
}
