import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, body } from "@/client/api";
import type { Bot } from "@/client/types";
import { keys } from "./keys";

const SOON = 120;

/** The first bots that some words find, those of the words before until they are there. */
export function useFound(words: string): Bot[] {
  const [asked, setAsked] = useState(words);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(words), SOON);
    return () => clearTimeout(timer);
  }, [words]);
  const { data } = useQuery({
    queryKey: keys.found(asked),
    queryFn: () => body(api.GET("/api/v1/bots", { params: { query: { limit: 8, q: asked } } })),
    placeholderData: (before) => before,
  });
  return (data?.items ?? []) as Bot[];
}
