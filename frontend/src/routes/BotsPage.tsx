import { lazy, Suspense, useCallback, useState } from "react";
import { BotFilter } from "@/components/BotList/BotFilter";
import { BotList } from "@/components/BotList/BotList";
import { FirstBot } from "@/components/BotList/FirstBot";
import { ButtonLink } from "@/components/ui/Button";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useBots } from "@/hooks/use-bots";
import { useChosen } from "@/hooks/use-chosen";
import { useTitle } from "@/hooks/use-title";
import { useWanted } from "@/hooks/use-wanted";

// With its dialog it is a third of the page’s script, and most who come only look.
const ChosenBar = lazy(async () => ({ default: (await import("@/components/BotList/ChosenBar")).ChosenBar }));

export function BotsPage() {
  useTitle("Bots");
  const filter = useWanted();
  const { data, error, isPending, hasNextPage, fetchNextPage } = useBots(filter.wanted);
  const ids = data?.bots.map((bot) => bot.id) ?? [];
  const chosen = useChosen(ids);
  const [touched, setTouched] = useState(false);
  if (chosen.ids.size > 0 && !touched) setTouched(true);
  // One that is on its way is not asked for again, however fast the list is scrolled.
  const more = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const none = data?.bots.length === 0 && !hasNextPage;
  if (none && !filter.filtered) return <FirstBot />;
  return (
    <div className="grid grid-cols-1 gap-4 py-7 sm:py-10">
      <div className="flex items-center justify-between gap-4">
        <h1 className="font-semibold text-2xl tracking-tight">
          Bots <span className="font-normal text-faint tabular-nums">{data?.total ?? ""}</span>
        </h1>
        <ButtonLink to="/new" look="solid" icon="plus">
          New bot
        </ButtonLink>
      </div>
      <BotFilter {...filter} />
      <ProblemNote error={error} />
      {isPending && !error && (
        <Loading what="bots">
          <Skeleton className="h-120 w-full rounded-xl" />
        </Loading>
      )}
      {none && (
        <p role="status" className="rounded-xl border border-line bg-paper px-5 py-10 text-center text-soft">
          No bot matches. <Clear onClear={filter} />
        </p>
      )}
      {data && !none && (
        <BotList
          key={JSON.stringify(filter.wanted)}
          bots={data.bots}
          total={data.total}
          chosen={chosen}
          more={hasNextPage}
          onMore={more}
        />
      )}
      {touched && (
        <Suspense fallback={null}>
          <ChosenBar chosen={chosen} all={ids} />
        </Suspense>
      )}
    </div>
  );
}

function Clear({ onClear }: { onClear: ReturnType<typeof useWanted> }) {
  return (
    <ButtonLink to="/" look="quiet" size="small" onClick={() => onClear.want("q", "")}>
      Show all
    </ButtonLink>
  );
}
