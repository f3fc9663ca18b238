import { BotList } from "@/components/BotList/BotList";
import { FirstBot } from "@/components/BotList/FirstBot";
import { Button, ButtonLink } from "@/components/ui/Button";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useBots } from "@/hooks/use-bots";
import { useTitle } from "@/hooks/use-title";

export function BotsPage() {
  useTitle("Bots");
  const bots = useBots();
  if (bots.data?.length === 0) return <FirstBot />;
  return (
    <div className="grid gap-5 py-7 sm:py-10">
      <div className="flex items-center justify-between gap-4">
        <h1 className="font-semibold text-2xl tracking-tight">
          Bots{" "}
          <span className="font-normal text-faint">
            {bots.data && !bots.hasNextPage ? bots.data.length : ""}
          </span>
        </h1>
        <ButtonLink to="/new" look="solid" icon="plus">
          New bot
        </ButtonLink>
      </div>
      {bots.isError && <ProblemNote error={bots.error} />}
      {bots.isPending && (
        <Loading what="bots">
          <Skeleton className="h-56 w-full rounded-xl" />
        </Loading>
      )}
      {bots.data && <BotList bots={bots.data} />}
      {bots.hasNextPage && (
        <Button
          className="justify-self-center"
          busy={bots.isFetchingNextPage}
          onClick={() => void bots.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </div>
  );
}
