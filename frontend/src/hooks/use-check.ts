import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { Checked } from "@/client/types";
import { useSettled } from "./use-settled";

/** Asks what a pasted secret is good for, once it has stood still for a moment and looks like one. */
export function useCheck(
  platform: string,
  typed: string,
  ready: (asked: string) => boolean,
  ask: (asked: string) => Promise<Checked>,
) {
  const asked = useSettled(typed.trim());
  const turn = useTurn(asked);
  return useQuery({
    enabled: ready(asked),
    // A number stands for the secret: keys are kept in memory longer than a secret should be.
    queryKey: ["check", platform, turn],
    queryFn: () => ask(asked),
    gcTime: 0,
    staleTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
}

/** Another number for each text that comes. */
function useTurn(text: string): number {
  const last = useRef({ text, turn: 0 });
  if (last.current.text !== text) last.current = { text, turn: last.current.turn + 1 };
  return last.current.turn;
}
