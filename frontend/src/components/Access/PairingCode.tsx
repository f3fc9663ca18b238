import { type ReactNode, useState } from "react";
import type { Access, Bot } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Confirm } from "@/components/ui/Confirm";
import { CopyButton } from "@/components/ui/CopyButton";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Qr } from "@/components/ui/Qr";
import { safeLink } from "@/components/ui/safe-link";
import { messengersUp, useAccess, usePair } from "@/hooks/use-access";
import { useMe } from "@/hooks/use-me";

/** The code that makes whoever says it first the bot's owner, and how it is said in each messenger. */
export function PairingCode({ bot, onlyWhereNeeded = false }: { bot: Bot; onlyWhereNeeded?: boolean }) {
  const { data: access } = useAccess(bot);
  const pair = usePair(bot.id);
  const [asked, setAsked] = useState(false);
  const me = useMe().data;
  const role = me?.owners.find(({ name }) => name === bot.owner)?.role;
  // Who only looks is not told the code, so that none given does not mean that it has been used.
  const writes = me?.user.operator || role === "owner" || role === "editor";
  if (!writes || access?.policy !== "pairing") return null;
  const code = access.pairing?.code;
  // Telegram has its own card, with a link that holds the code.
  const elsewhere = messengersUp(bot).filter((name) => name !== "telegram");
  if (onlyWhereNeeded && !(code && elsewhere.length > 0)) return null;
  const again = () => pair.mutate(undefined, { onSuccess: () => setAsked(false) });
  return (
    <Card
      title="Pairing code"
      aside={
        !onlyWhereNeeded && (
          <Button size="small" busy={pair.isPending} onClick={() => (code ? setAsked(true) : again())}>
            New code
          </Button>
        )
      }
    >
      <div className="grid gap-3 p-5">
        {code ? (
          <>
            <p className="flex items-center gap-1">
              <code className="font-mono text-lg tracking-wide">{code}</code>
              <CopyButton text={code} label="Copy the code" />
            </p>
            <p className="text-soft text-sm">
              Whoever says it to the bot first becomes its owner there, so keep it to yourself.
            </p>
            {elsewhere.map((name) => (
              <Way key={name} name={name} code={code} access={access} />
            ))}
          </>
        ) : (
          <p className="text-soft text-sm">It has been used. A new code makes one more owner.</p>
        )}
        {!asked && <ProblemNote error={pair.error} />}
      </div>
      {asked && (
        <Confirm
          open
          title="Make a new code?"
          verb="New code"
          busy={pair.isPending}
          error={pair.error}
          onClose={() => setAsked(false)}
          onConfirm={again}
        >
          <p>The code before, and the links that hold it, are worth nothing then.</p>
        </Confirm>
      )}
    </Card>
  );
}

const BY_WORDS: Record<string, (code: string) => ReactNode> = {
  discord: (code) => (
    <>
      In Discord, give the bot the command <code className="font-mono">/start</code> with {code}.
    </>
  ),
  slack: (code) => (
    <>
      In Slack, write <code className="font-mono">start {code}</code> to the bot.
    </>
  ),
  whatsapp: () => "In WhatsApp, open the link and send what is written there.",
};

function Way({ name, code, access }: { name: string; code: string; access: Access }) {
  const link = safeLink(access.pairing?.links?.[name]);
  const words = BY_WORDS[name]?.(code);
  if (!words) return null;
  return (
    <div className="flex flex-wrap items-center gap-4">
      {link && (
        <div className="hidden sm:block">
          <Qr text={link} label={`QR code of ${link}`} />
        </div>
      )}
      <p className="min-w-0 grow basis-60 break-words text-sm">
        {words}{" "}
        {link && (
          <a
            href={link}
            target="_blank"
            rel="noopener noreferrer"
            className="underline decoration-edge underline-offset-4"
          >
            Open the link
          </a>
        )}
      </p>
    </div>
  );
}
