import { useState } from "react";
import type { ManagedBot } from "@/client/types";
import { Button, buttonClass } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { CopyButton } from "@/components/ui/CopyButton";
import { Icon } from "@/components/ui/Icon";
import { Mark } from "@/components/ui/Mark";
import { Qr } from "@/components/ui/Qr";
import { Spinner } from "@/components/ui/Spinner";
import { safeLink } from "@/components/ui/safe-link";
import { useTakeBack } from "@/hooks/use-managed-bots";
import { useNavigate } from "@/router";

/** The link to tap, a QR code for the phone in your other hand, and what has come of it so far. */
export function NameInTelegram({ made, link }: { made: ManagedBot; link: string | null }) {
  const href = safeLink(link);
  return (
    <div className="mx-auto grid w-full max-w-text gap-5 py-10">
      <section
        aria-labelledby="name-it"
        className="flex flex-wrap items-center gap-6 rounded-xl border border-line bg-paper p-5 shadow-card"
      >
        {href && (
          <div className="hidden sm:block">
            <Qr text={href} label={`QR code of ${href}`} />
          </div>
        )}
        <div className="grid min-w-0 grow basis-60 gap-3">
          <h1 id="name-it" className="font-semibold text-xl tracking-tight">
            Name it in Telegram
          </h1>
          <p className="flex min-w-0 items-center gap-2">
            <Mark id={made.bot} className="size-6" />
            <span className="min-w-0 break-words font-mono text-sm">{made.bot}</span>
          </p>
          <p className="text-soft">
            {href
              ? "Open the link, press Start, tap the button and choose a name: that is all. Botyard gets the token from Telegram and seals it; nobody sees it."
              : "The link is shown only where it was made. Lost it? Go back and make a new one; the old one ends by itself."}
          </p>
          {href && (
            <div className="flex flex-wrap items-center gap-2">
              <a href={href} target="_blank" rel="noopener noreferrer" className={buttonClass("solid")}>
                <Icon name="telegram" className="-ml-1 size-4.5" />
                Open Telegram
              </a>
              <CopyButton text={href} label="Copy the link" className="size-10" />
            </div>
          )}
        </div>
      </section>
      <p role="status" className="flex items-baseline gap-2 text-soft">
        <span className="shrink-0 translate-y-0.5">
          <Spinner />
        </span>
        {progress(made)}
      </p>
      {(made.state === "waiting" || made.state === "opened") && <TakeBack id={made.id} />}
    </div>
  );
}

/** What the link was made for is given up; nothing has been deployed yet. */
function TakeBack({ id }: { id: string }) {
  const back = useTakeBack(id);
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  return (
    <div>
      <Button look="quiet" onClick={() => setAsked(true)}>
        Take the link back
      </Button>
      {asked && (
        <Confirm
          open
          title="Take the link back?"
          verb="Take it back"
          busy={back.isPending}
          error={back.error}
          onClose={() => setAsked(false)}
          onConfirm={() => back.mutate(undefined, { onSuccess: () => navigate("/new", { replace: true }) })}
        >
          <p>Nobody can make the bot by it then. What was in its form is kept nowhere.</p>
        </Confirm>
      )}
    </div>
  );
}

function progress({ state, opened_by, username }: ManagedBot): string {
  if (state === "waiting")
    return "Waiting for somebody to open it. It is good for an hour, and for one person.";
  if (state === "opened") return `${opened_by ?? "Somebody"} has opened it; waiting for the bot’s name.`;
  return `@${username ?? "it"} is made; Botyard takes it over …`;
}
