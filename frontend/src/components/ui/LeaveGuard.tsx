import { useEffect } from "react";
import { useBlocker } from "@/router";
import { Confirm } from "./Confirm";

/** Where work is taken on to when it is done, and may leave without a question. */
const DONE = /^\/(operations|links)\//;

/** Asks before a form is left; it is there while there is work in the form that is committed nowhere. */
export function LeaveGuard() {
  const held = useBlocker((from, to) => from !== to && !DONE.test(to));
  useEffect(() => {
    addEventListener("beforeunload", askFirst);
    return () => removeEventListener("beforeunload", askFirst);
  }, []);
  if (!held) return null;
  return (
    <Confirm
      open
      danger
      title="Leave without committing?"
      verb="Leave"
      busy={false}
      error={null}
      onClose={held.reset}
      onConfirm={held.proceed}
    >
      <p>What you have written here is kept nowhere else.</p>
    </Confirm>
  );
}

function askFirst(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
