import { Outlet, useOutletContext, useParams } from "react-router";
import { ApiError } from "@/client/problem";
import type { Bot } from "@/client/types";
import { BotHeader } from "@/components/Overview/BotHeader";
import { BotTabs } from "@/components/Overview/BotTabs";
import { BackLink } from "@/components/ui/BackLink";
import { ButtonLink } from "@/components/ui/Button";
import { Empty } from "@/components/ui/Empty";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useBot } from "@/hooks/use-bot";

/** The frame of a bot's pages: who it is, how it is, and its tabs. */
export function BotPage() {
  const { bot: id = "" } = useParams();
  const { data: bot, error } = useBot(id);
  if (error instanceof ApiError && error.status === 404)
    return (
      <Empty title="There is no such bot" action={<ButtonLink to="/">All bots</ButtonLink>}>
        {id} may have been deleted, or it belongs to somebody else.
      </Empty>
    );
  if (!bot)
    return error ? (
      <div className="py-10">
        <ProblemNote error={error} />
      </div>
    ) : (
      <Loading what="the bot">
        <Skeleton className="mt-10 h-14 w-72" />
        <Skeleton className="mt-8 h-64 w-full rounded-xl" />
      </Loading>
    );
  return (
    <div className="flex grow flex-col gap-5 pt-4 pb-18 sm:pt-6 md:pb-10">
      <BackLink to="/">Bots</BackLink>
      <BotHeader bot={bot} />
      <BotTabs id={bot.id} />
      <Outlet context={bot} />
    </div>
  );
}

export function useThisBot(): Bot {
  return useOutletContext<Bot>();
}
