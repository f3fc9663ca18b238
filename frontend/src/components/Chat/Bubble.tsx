import { Icon } from "@/components/ui/Icon";
import { Mark } from "@/components/ui/Mark";
import type { ChatMessage } from "@/hooks/take-turn";
import { Said } from "./Said";

interface Props {
  message: ChatMessage;
  bot: string;
  /** Who asks, for those who hear the page. */
  who?: string;
}

export function Bubble({ message, bot, who = "You" }: Props) {
  if (message.role === "user")
    return (
      <div className="flex justify-end">
        <p className="max-w-[85%] whitespace-pre-wrap break-words rounded-xl rounded-br-sm bg-ink px-4 py-2.5 text-on-ink">
          <span className="sr-only">{who}: </span>
          {message.text}
        </p>
      </div>
    );
  const waiting = message.state === "streaming" && message.text === "";
  return (
    <div className="flex gap-3" data-state={message.state}>
      <Mark id={bot} className="mt-0.5 size-8 rounded-md" />
      <div className="min-w-0 grow pt-1">
        {waiting && (
          <p className="flex h-6 items-center gap-1.5" role="status" aria-label="Thinking">
            {["", "[animation-delay:0.2s]", "[animation-delay:0.4s]"].map((delay) => (
              <span key={delay} className={`size-1.5 animate-breathe rounded-full bg-soft ${delay}`} />
            ))}
          </p>
        )}
        {message.text && <Said text={message.text} />}
        {message.state === "stopped" && <p className="mt-1 text-faint text-sm">You stopped it here.</p>}
        {message.problem && (
          <div role="alert" className="mt-1 flex items-start gap-2 text-sm">
            <Icon name="warn" className="mt-0.5 size-4 text-stop" />
            <p className="break-words">
              <span className="font-medium text-stop">{message.problem.title}.</span> {message.problem.detail}{" "}
              {message.problem.next_step}
            </p>
          </div>
        )}
      </div>
    </div>
  );
}
