import { useState } from "react";
import { Bubble } from "@/components/Chat/Bubble";
import { Button } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { saveAs } from "@/components/ui/save-as";
import { Time } from "@/components/ui/Time";
import { useConversation, useErase } from "@/hooks/use-conversations";
import { useNavigate } from "@/router";
import { exported, fileName, partnerOf } from "./words";

/** One conversation, whole: to read, to take along and to erase. */
export function Transcript({ bot, conversation }: { bot: string; conversation: string }) {
  const { data, error } = useConversation(bot, conversation);
  const [asking, setAsking] = useState(false);
  if (error) return <ProblemNote error={error} />;
  if (!data)
    return (
      <Loading what="the conversation">
        <Skeleton className="h-64 w-full rounded-xl" />
      </Loading>
    );
  const messages = (data.messages ?? []).filter(({ role }) => role === "user" || role === "assistant");
  return (
    <section aria-label="Transcript" className="rounded-xl border border-line bg-paper shadow-card">
      <div className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2.5">
        <h2 className="min-w-0 grow truncate font-semibold tracking-tight">{partnerOf(conversation)}</h2>
        <Button
          size="small"
          icon="download"
          onClick={() => saveAs(`${fileName(bot, conversation)}.json`, exported(bot, data))}
        >
          Export
        </Button>
        <Button size="small" icon="trash" onClick={() => setAsking(true)}>
          Erase
        </Button>
      </div>
      <ol aria-label="Messages" className="grid gap-5 p-4">
        {messages.map(({ role, text, at }, index) => (
          <li key={index} className="grid gap-1">
            <Bubble
              who="They"
              bot={bot}
              message={{
                key: String(index),
                role: role === "user" ? "user" : "assistant",
                text,
                state: "whole",
              }}
            />
            {at && (
              <Time at={at} className={`text-faint text-xs ${role === "user" ? "text-right" : "pl-11"}`} />
            )}
          </li>
        ))}
      </ol>
      {messages.length === 0 && <p className="px-4 pb-4 text-soft">Nothing of it is kept any more.</p>}
      {asking && <Erase bot={bot} conversation={conversation} onClose={() => setAsking(false)} />}
    </section>
  );
}

function Erase({ bot, conversation, onClose }: { bot: string; conversation: string; onClose: () => void }) {
  const navigate = useNavigate();
  const erase = useErase(bot);
  return (
    <Confirm
      open
      danger
      title="Erase this conversation?"
      verb="Erase"
      busy={erase.isPending}
      error={erase.error}
      onClose={onClose}
      onConfirm={() =>
        erase.mutate(conversation, {
          onSuccess: () => navigate(`/bots/${bot}/conversations`, { replace: true }),
        })
      }
    >
      <p>The bot forgets it for good, and nobody can have it back. Export it first if you may need it.</p>
    </Confirm>
  );
}
