import { Card } from "@/components/ui/Card";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Prose } from "@/components/ui/Prose";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import type { useChecks } from "@/hooks/use-system";
import { Standing } from "./Standing";

/** The machine below: its tools, the home, the keys, the disk. What is amiss says what to do. */
export function Machine({ checks: { data, error, isPending } }: { checks: ReturnType<typeof useChecks> }) {
  return (
    <Card title="This machine">
      {error && (
        <div className="p-4 sm:p-5">
          <ProblemNote error={error} />
        </div>
      )}
      {isPending && !error && (
        <Loading what="the machine">
          <Skeleton className="m-5 h-40" />
        </Loading>
      )}
      <ul aria-label="This machine" className="divide-y divide-line">
        {data?.map(({ name, state, detail, next_step: next }) => (
          <li
            key={name}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 px-4 py-3 sm:px-5 md:grid-cols-[9rem_6.5rem_minmax(0,1fr)]"
          >
            <p className="font-medium">{name}</p>
            <Standing state={state} />
            <div className="min-w-0 break-words text-faint text-sm max-md:col-span-2">
              <Prose text={detail} />
              {next && (
                <p className="text-ink">
                  <Prose text={next} />
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
