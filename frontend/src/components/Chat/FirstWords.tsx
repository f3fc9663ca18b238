import type { Bot } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Mark } from "@/components/ui/Mark";
import { openersOf } from "./openers";

/** An empty conversation: a few questions to begin with, one press each. */
export function FirstWords({ bot, onAsk }: { bot: Bot; onAsk: (text: string) => void }) {
  return (
    <div className="grid justify-items-center gap-3 self-center py-8 text-center">
      <Mark id={bot.id} className="size-14 rounded-xl" />
      <p className="font-medium">Ask {bot.name} something</p>
      <ul aria-label="First questions" className="mt-1 grid w-full max-w-narrow gap-2">
        {openersOf(bot.spec.template).map((text) => (
          <li key={text}>
            <Button className="w-full whitespace-normal! py-2 font-normal!" onClick={() => onAsk(text)}>
              {text}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
