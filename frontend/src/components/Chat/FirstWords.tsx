import { Button } from "@/components/ui/Button";
import { Mark } from "@/components/ui/Mark";
import { openersOf } from "./openers";

interface Props {
  id: string;
  name: string;
  template: string | null | undefined;
  onAsk: (text: string) => void;
}

/** An empty conversation: a few questions to begin with, one press each. */
export function FirstWords({ id, name, template, onAsk }: Props) {
  return (
    <div className="my-auto grid justify-items-center gap-3 self-center py-8 text-center max-sm:w-full">
      <Mark id={id} className="size-14 rounded-xl" />
      <p className="break-words font-medium">Ask {name} something</p>
      <ul aria-label="First questions" className="mt-1 grid w-full max-w-narrow gap-2 sm:w-104">
        {openersOf(template).map((text) => (
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
