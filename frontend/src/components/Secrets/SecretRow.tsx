import { useState } from "react";
import type { Bot } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { Icon } from "@/components/ui/Icon";
import { Time } from "@/components/ui/Time";
import { useSecret } from "@/hooks/use-secret";
import { useNavigate } from "@/router";
import { SetSecret } from "./SetSecret";

type SecretState = NonNullable<Bot["secrets"]>[string];

interface Props {
  bot: string;
  name: string;
  secret: SecretState;
  /** What the specification needs it for; null where nothing does. */
  use: string | null;
}

/** A secret by its name: it is set, replaced and deleted here, and never shown. */
export function SecretRow({ bot, name, secret, use }: Props) {
  const [asked, setAsked] = useState<"set" | "delete" | null>(null);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 sm:px-5 py-4">
      <Icon name={secret.set ? "lock" : "warn"} className={secret.set ? "text-faint" : "text-stop"} />
      <div className="min-w-0 grow basis-48">
        <p className="break-all font-medium font-mono">{name}</p>
        <p className="text-faint text-sm">
          {use ?? "nothing uses it"} ·{" "}
          {secret.set ? (
            <>set {secret.changed_at && <Time at={secret.changed_at} />}</>
          ) : (
            <span className="text-stop">not set</span>
          )}
        </p>
      </div>
      <div className="flex gap-2">
        <Button size="small" look={secret.set ? "plain" : "solid"} onClick={() => setAsked("set")}>
          {secret.set ? "Replace" : "Set"}
          <span className="sr-only"> {name}</span>
        </Button>
        {secret.set && !use && (
          <Button size="small" onClick={() => setAsked("delete")}>
            Delete<span className="sr-only"> {name}</span>
          </Button>
        )}
      </div>
      {asked === "set" && (
        <SetSecret bot={bot} name={name} replace={secret.set} onClose={() => setAsked(null)} />
      )}
      {asked === "delete" && <DeleteSecret bot={bot} name={name} onClose={() => setAsked(null)} />}
    </li>
  );
}

function DeleteSecret({ bot, name, onClose }: { bot: string; name: string; onClose: () => void }) {
  const navigate = useNavigate();
  const secret = useSecret(bot);
  return (
    <Confirm
      open
      danger
      title={`Delete ${name}?`}
      verb="Delete"
      busy={secret.isPending}
      error={secret.error}
      onClose={onClose}
      onConfirm={() =>
        secret.mutate(
          { name, value: null },
          { onSuccess: ({ operation }) => navigate(`/operations/${operation.id}`) },
        )
      }
    >
      <p>Its sealed file is removed by a commit. The value cannot be had back from Botyard.</p>
    </Confirm>
  );
}
