import type { Bot } from "@/client/types";
import { Track } from "@/components/Operation/Track";
import { headline } from "@/components/Operation/words";
import { Card } from "@/components/ui/Card";
import { Skeleton } from "@/components/ui/Skeleton";
import { Time } from "@/components/ui/Time";
import { useOperation } from "@/hooks/use-operation";
import { Link } from "@/router";

/** The newest operation, live while it runs. */
export function Latest({ bot }: { bot: Bot }) {
  const { data: operation, isPending } = useOperation(bot.status.operation);
  if (!bot.status.operation) return null;
  if (!operation) return isPending ? <Skeleton className="h-80 rounded-xl" /> : null;
  return (
    <Card
      title={headline(operation)}
      aside={<Time at={operation.created_at} className="text-faint text-sm" />}
    >
      <div className="grid gap-4 p-4 sm:p-5">
        <Track operation={operation} />
        {operation.error && <p className="break-words text-sm text-stop">{operation.error.detail}</p>}
        <Link
          to={`/operations/${operation.id}`}
          className="w-fit text-sm underline decoration-edge underline-offset-4"
        >
          The whole operation
        </Link>
      </div>
    </Card>
  );
}
