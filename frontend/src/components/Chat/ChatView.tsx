import { useEffect, useRef } from "react";
import type { Bot } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { modelLabel } from "@/components/ui/model-label";
import { useChat } from "@/hooks/use-chat";
import { Bubble } from "./Bubble";
import { Composer } from "./Composer";
import { FirstWords } from "./FirstWords";

/** A conversation with the deployed bot, the same way a person meets it. */
export function ChatView({ bot }: { bot: Bot }) {
  const chat = useChat(bot.id);
  const log = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const near = useRef(true);
  useEffect(() => {
    const watch = new IntersectionObserver(
      ([entry]) => {
        near.current = entry?.isIntersecting ?? true;
      },
      { rootMargin: "160px" },
    );
    if (end.current) watch.observe(end.current);
    return () => watch.disconnect();
  }, []);
  // Follows the answer as it grows, unless the reader has scrolled up to read.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each change of the messages.
  useEffect(() => {
    if (near.current) end.current?.scrollIntoView({ block: "end" });
  }, [chat.messages]);

  function ask(text: string): void {
    // The pressed button goes away; the keyboard goes on from the conversation, and no phone's keyboard pops up.
    log.current?.focus({ preventScroll: true });
    chat.send(text);
  }

  return (
    <div className="mx-auto flex w-full max-w-text grow flex-col">
      <div className="flex min-h-8 items-center justify-between gap-3 pb-2">
        <p className="text-faint text-sm">Answers by {modelLabel(bot.spec.model)}</p>
        {chat.messages.length > 0 && (
          <Button look="quiet" size="small" icon="plus" className="-mr-3" onClick={chat.restart}>
            New conversation
          </Button>
        )}
      </div>
      <div
        ref={log}
        tabIndex={-1}
        className="flex grow flex-col gap-5 pb-4 outline-none [&>:first-child]:mt-auto"
        role="log"
        aria-label="Conversation"
        aria-busy={chat.busy}
      >
        {chat.messages.length === 0 && !chat.reading && (
          <FirstWords id={bot.id} name={bot.name} template={bot.spec.template} onAsk={ask} />
        )}
        {chat.messages.map((message) => (
          <Bubble key={message.key} message={message} bot={bot.id} />
        ))}
        <div ref={end} className="scroll-mb-48" />
      </div>
      <Composer name={bot.name} busy={chat.busy} onSend={chat.send} onStop={chat.stop} />
    </div>
  );
}
