import { useState } from "react";
import type { User } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { CopyButton } from "@/components/ui/CopyButton";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { useChangeUser, useSignInLink } from "@/hooks/use-users";
import { Link } from "@/router";

interface Props {
  user: User;
  self: boolean;
  operator: boolean;
}

/** Somebody who may sign in; an operator gives links and shuts people out. */
export function UserRow({ user, self, operator }: Props) {
  const link = useSignInLink();
  const disable = useChangeUser();
  const [asked, setAsked] = useState(false);
  const { name, disabled } = user;
  return (
    <div className="grid gap-2 px-4 py-3.5 sm:px-5">
      <div className="flex items-center gap-3">
        <div className="min-w-0 grow">
          <p className={`truncate font-medium ${disabled ? "text-faint line-through" : ""}`}>
            <Link to={`/users/${name}`} className="no-underline hover:underline">
              {name}
            </Link>
            {self && <span className="font-normal text-faint"> · you</span>}
          </p>
          <p className="truncate text-faint text-sm">
            {user.operator ? "operator" : "user"}
            {user.email && ` · ${user.email}`}
            {disabled && " · shut out"}
          </p>
        </div>
        {!disabled && (operator || self) && (
          <Button
            size="small"
            busy={link.isPending}
            aria-label={`Sign-in link for ${name}`}
            onClick={() => link.mutate(name)}
          >
            Sign-in link
          </Button>
        )}
        {operator && !self && (
          <Button
            look="quiet"
            size="small"
            aria-label={`${disabled ? "Let in" : "Shut out"} ${name}`}
            onClick={() =>
              disabled ? disable.mutate({ name, change: { disabled: false } }) : setAsked(true)
            }
          >
            {disabled ? "Let in" : "Shut out"}
          </Button>
        )}
      </div>
      <ProblemNote error={link.error ?? (asked ? null : disable.error)} />
      {link.data && (
        <p
          role="status"
          className="flex animate-rise items-center gap-2 rounded-lg bg-go-wash px-4 py-2 text-sm"
        >
          <span className="min-w-0 grow break-all font-mono">{link.data.url}</span>
          <span className="shrink-0 text-soft">once, ten minutes</span>
          <CopyButton text={link.data.url} label="Copy the link" />
        </p>
      )}
      {asked && (
        <Confirm
          open
          title={`Shut out ${name}?`}
          verb="Shut out"
          danger
          busy={disable.isPending}
          error={disable.error}
          onClose={() => setAsked(false)}
          onConfirm={() =>
            disable.mutate({ name, change: { disabled: true } }, { onSuccess: () => setAsked(false) })
          }
        >
          <p>Sessions end and tokens stop working. Their bots go on, and you can let them in again.</p>
        </Confirm>
      )}
    </div>
  );
}
