import { useState } from "react";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { SideBySide } from "@/components/ui/SideBySide";
import { Skeleton } from "@/components/ui/Skeleton";
import { Unified } from "@/components/ui/Unified";
import { Views } from "@/components/ui/Views";
import { useDiff } from "@/hooks/use-history";

const LABEL = "What this commit changed";
const ROOM = "(min-width: 52rem)";

/** Two columns where there is room for them, one where there is not; either can be chosen. */
export function CommitDiff({ bot, from, to }: { bot: string; from: string; to: string }) {
  const diff = useDiff(bot, from, to, true);
  const [view, setView] = useState(() => (matchMedia(ROOM).matches ? "Side by side" : "In one"));
  if (diff.isError) return <ProblemNote error={diff.error} />;
  if (!diff.data) return <Skeleton className="h-24 w-full" />;
  const text = diff.data.unified;
  if (!text.trim()) return <p className="text-soft">The bot’s file is the same before and after.</p>;
  const views = [
    { name: "Side by side", content: <SideBySide text={text} label={LABEL} /> },
    { name: "In one", content: <Unified text={text} label={LABEL} /> },
  ];
  return <Views label="How to show the change" views={views} value={view} onChange={setView} />;
}
