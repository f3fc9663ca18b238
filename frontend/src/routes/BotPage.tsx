import { createContext, use } from "react";
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
import { later, type Route, Routes, useParams } from "@/router";
import { NotFoundPage } from "./NotFoundPage";

const PAGES: Route[] = [
  { pattern: "/bots/:bot", page: later(() => import("./OverviewPage"), "OverviewPage") },
  { pattern: "/bots/:bot/chat", page: later(() => import("./ChatPage"), "ChatPage") },
  {
    pattern: "/bots/:bot/conversations/:conversation?",
    page: later(() => import("./ConversationsPage"), "ConversationsPage"),
  },
  { pattern: "/bots/:bot/access", page: later(() => import("./AccessPage"), "AccessPage") },
  { pattern: "/bots/:bot/secrets", page: later(() => import("./SecretsPage"), "SecretsPage") },
  { pattern: "/bots/:bot/history", page: later(() => import("./HistoryPage"), "HistoryPage") },
  { pattern: "/bots/:bot/logs", page: later(() => import("./LogsPage"), "LogsPage") },
  { pattern: "/bots/:bot/settings", page: later(() => import("./SettingsPage"), "SettingsPage") },
  { pattern: "/*", page: NotFoundPage },
];
const ThisBot = createContext<Bot | null>(null);

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
      <ThisBot value={bot}>
        <Routes routes={PAGES} />
      </ThisBot>
    </div>
  );
}

export function useThisBot(): Bot {
  const bot = use(ThisBot);
  if (!bot) throw new Error("there is no bot outside a bot's page");
  return bot;
}
