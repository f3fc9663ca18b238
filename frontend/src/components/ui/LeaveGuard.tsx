import { useBeforeUnload, useBlocker } from "react-router";
import { Confirm } from "./Confirm";

/** Where work is taken on to when it is done, and may leave without a question. */
const DONE = /^\/(operations|links)\//;

/** Asks before a form is left; it is there while there is work in the form that is committed nowhere. */
export function LeaveGuard() {
  const blocker = useBlocker(
    ({ currentLocation: from, nextLocation: to }) => from.pathname !== to.pathname && !DONE.test(to.pathname),
  );
  useBeforeUnload(askFirst);
  if (blocker.state !== "blocked") return null;
  return (
    <Confirm
      open
      danger
      title="Leave without committing?"
      verb="Leave"
      busy={false}
      error={null}
      onClose={() => blocker.reset()}
      onConfirm={() => blocker.proceed()}
    >
      <p>What you have written here is kept nowhere else.</p>
    </Confirm>
  );
}

function askFirst(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
