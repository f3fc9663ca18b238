import { ConversationList } from "@/components/Conversations/ConversationList";
import { Transcript } from "@/components/Conversations/Transcript";
import { BackLink } from "@/components/ui/BackLink";
import { Button } from "@/components/ui/Button";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useConversations } from "@/hooks/use-conversations";
import { useTitle } from "@/hooks/use-title";
import { useParams } from "@/router";
import { useThisBot } from "./BotPage";

/** The list and the one that is read side by side; on a phone one after the other. */
export function ConversationsPage() {
  const bot = useThisBot();
  const { conversation } = useParams();
  useTitle(`Conversations of ${bot.id}`);
  const found = useConversations(bot.id);
  if (found.isPending)
    return (
      <Loading what="the conversations">
        <Skeleton className="h-64 w-full rounded-xl" />
      </Loading>
    );
  const items = found.data ?? [];
  return (
    <div className="grid items-start gap-5 md:grid-cols-[19rem_minmax(0,1fr)]">
      <div className={`grid gap-3 ${conversation ? "max-md:hidden" : ""}`}>
        <ProblemNote error={found.error} />
        {items.length > 0 && <ConversationList bot={bot.id} items={items} />}
        {items.length === 0 && !found.isError && (
          <p className="py-6 text-soft">Nobody has talked to it yet, or what was said is no longer kept.</p>
        )}
        {found.hasNextPage && (
          <Button busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            Show older
          </Button>
        )}
      </div>
      {conversation ? (
        <div className="grid min-w-0 gap-2">
          <div className="md:hidden">
            <BackLink to={`/bots/${bot.id}/conversations`}>Conversations</BackLink>
          </div>
          <Transcript key={conversation} bot={bot.id} conversation={conversation} />
        </div>
      ) : (
        items.length > 0 && (
          <p className="hidden self-center text-center text-faint md:block">Choose one to read it.</p>
        )
      )}
    </div>
  );
}
