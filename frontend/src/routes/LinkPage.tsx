import { NameInTelegram } from "@/components/NewBot/NameInTelegram";
import { ButtonLink } from "@/components/ui/Button";
import { Empty } from "@/components/ui/Empty";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useManagedBot } from "@/hooks/use-managed-bots";
import { useTitle } from "@/hooks/use-title";
import { Navigate, useLocation, useParams } from "@/router";

const AGAIN = <ButtonLink to="/new">Back to the templates</ButtonLink>;

/** Between a filled form and a deploy, while somebody names the bot in Telegram. */
export function LinkPage() {
  const { link: id = "" } = useParams();
  const state: unknown = useLocation().state;
  const { data: made, error } = useManagedBot(id);
  useTitle("Name it in Telegram");
  if (error)
    return (
      <Empty title="This link cannot be shown" action={AGAIN}>
        {error.message}
      </Empty>
    );
  if (!made)
    return (
      <Loading what="the link">
        <Skeleton className="mx-auto mt-12 h-64 w-full max-w-text rounded-xl" />
      </Loading>
    );
  if (made.operation) return <Navigate to={`/operations/${made.operation}`} />;
  if (made.state === "expired")
    return (
      <Empty title="Nobody has used the link in time" action={AGAIN}>
        It was good for an hour. Nothing was deployed.
      </Empty>
    );
  if (made.state === "failed")
    return (
      <Empty title={`${made.bot} was not deployed`} action={AGAIN}>
        {made.reason}
      </Empty>
    );
  return <NameInTelegram made={made} link={linkOf(state)} />;
}

/** The browser keeps the link with its place in the history: a reload shows it again, another device does not. */
function linkOf(state: unknown): string | null {
  if (typeof state !== "object" || state === null || !("link" in state)) return null;
  return typeof state.link === "string" ? state.link : null;
}
