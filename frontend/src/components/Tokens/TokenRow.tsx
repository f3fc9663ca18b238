import { useState } from "react";
import type { Token } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { Time } from "@/components/ui/Time";
import { useRevoke } from "@/hooks/use-tokens";

/** A token's name and what it may do; the token itself is shown once, when it is made. */
export function TokenRow({ token }: { token: Token }) {
  const revoke = useRevoke();
  const [asked, setAsked] = useState(false);
  const over = token.expires_at ? Date.parse(token.expires_at) < Date.now() : false;
  return (
    <div className="flex items-center gap-4 px-4 py-3.5 sm:px-5">
      <div className="min-w-0 grow">
        <p className={`truncate font-medium ${over ? "text-faint line-through" : ""}`}>{token.name}</p>
        <p className="text-faint text-sm sm:truncate">
          <span className="font-mono">{token.scopes.join(" ")}</span>
          {" · "}
          {token.last_used_at ? (
            <>
              last used <Time at={token.last_used_at} />
            </>
          ) : (
            "never used"
          )}
          {token.expires_at && (
            <>
              {" · "}
              {over ? "ended" : "ends"} <Time at={token.expires_at} />
            </>
          )}
        </p>
      </div>
      <Button
        look="quiet"
        size="small"
        className="-mr-3"
        aria-label={`Revoke ${token.name}`}
        onClick={() => {
          revoke.reset();
          setAsked(true);
        }}
      >
        Revoke
      </Button>
      {asked && (
        <Confirm
          open
          title={`Revoke ${token.name}?`}
          verb="Revoke"
          danger
          busy={revoke.isPending}
          error={revoke.error}
          onClose={() => setAsked(false)}
          onConfirm={() => revoke.mutate(token.id, { onSuccess: () => setAsked(false) })}
        >
          <p>Whatever uses it is refused from now on. It cannot be brought back; a new one can be made.</p>
        </Confirm>
      )}
    </div>
  );
}
