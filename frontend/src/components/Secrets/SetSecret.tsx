import { useState } from "react";
import { ApiError } from "@/client/problem";
import { SecretField } from "@/components/BotForm/SecretField";
import { Confirm } from "@/components/ui/Confirm";
import { useSecret } from "@/hooks/use-secret";
import { useNavigate } from "@/router";

interface Props {
  bot: string;
  name: string;
  replace: boolean;
  onClose: () => void;
}

/** A new value for a secret. It is sealed before it is stored, and the bot restarts with it. */
export function SetSecret({ bot, name, replace, onClose }: Props) {
  const navigate = useNavigate();
  const secret = useSecret(bot);
  const [value, setValue] = useState("");
  const wrong = secret.error instanceof ApiError ? secret.error.fields[0]?.detail : undefined;
  return (
    <Confirm
      open
      title={replace ? `Replace ${name}` : `Set ${name}`}
      verb="Seal and commit"
      ready={value.trim() !== ""}
      busy={secret.isPending}
      error={secret.error}
      onClose={onClose}
      onConfirm={() =>
        secret.mutate(
          { name, value: value.trim() },
          { onSuccess: ({ operation }) => navigate(`/operations/${operation.id}`) },
        )
      }
    >
      <SecretField
        label="New value"
        name={name}
        set={false}
        value={value}
        error={wrong}
        onChange={setValue}
      />
      {replace && <p>The old value is gone with the commit; the bot restarts with the new one.</p>}
    </Confirm>
  );
}
