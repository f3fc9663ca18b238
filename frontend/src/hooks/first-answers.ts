import type { QueryClient } from "@tanstack/react-query";
import { EVERY_BOT } from "./bot-pages";
import { botsQuery } from "./use-bots";
import { meQuery } from "./use-me";

/** Milliseconds; who waits for longer is shown what is to come. */
const SOON = 150;

/** What `public/start.js` has asked for, taken in before anything is drawn: drawn once, the list is there sooner. */
export async function firstAnswers(cache: QueryClient): Promise<void> {
  const asked = window.botyardEarly;
  if (!asked) return;
  const list = asked.size > 1 ? cache.prefetchInfiniteQuery(botsQuery(EVERY_BOT)) : undefined;
  const answers = [cache.prefetchQuery(meQuery), list];
  await Promise.race([Promise.all(answers), new Promise((resolve) => setTimeout(resolve, SOON))]);
}
