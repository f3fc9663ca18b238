import type { ReactNode } from "react";
import type { System } from "@/client/types";
import { Machine } from "@/components/System/Machine";
import { PartRow } from "@/components/System/PartRow";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { CopyButton } from "@/components/ui/CopyButton";
import { PageHead } from "@/components/ui/PageHead";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useMe } from "@/hooks/use-me";
import { useChecks, useSystem } from "@/hooks/use-system";
import { useTitle } from "@/hooks/use-title";

/** What `botyard doctor` says, as a page. */
export function SystemPage() {
  useTitle("System");
  const operator = useMe().data?.user.operator === true;
  const { data, error, isPending, isFetching, refetch } = useSystem();
  const checks = useChecks(operator);
  function look(): void {
    void refetch();
    if (operator) void checks.refetch();
  }
  return (
    <div className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <PageHead
        title="System"
        action={
          <Button size="small" icon="restart" busy={isFetching || checks.isFetching} onClick={look}>
            Look again
          </Button>
        }
      >
        {data && !(operator && checks.isPending)
          ? verdict(data.parts, operator ? checks : null)
          : "Looking …"}
      </PageHead>
      <ProblemNote error={error} />
      {isPending && !error && (
        <Loading what="the system">
          <Skeleton className="h-96 w-full rounded-xl" />
        </Loading>
      )}
      {data && (
        <>
          <Card title="Parts">
            <ul aria-label="Parts" className="divide-y divide-line">
              {data.parts.map((part) => (
                <PartRow key={part.name} part={part} />
              ))}
            </ul>
          </Card>
          <Figures system={data} />
          {operator && <Machine checks={checks} />}
        </>
      )}
    </div>
  );
}

/** What needs somebody, of the parts and, for an operator, of the machine's checks. */
function verdict(parts: System["parts"], checks: ReturnType<typeof useChecks> | null): string {
  const broken = parts.filter(({ state }) => state !== "ok").length;
  const amiss = checks?.data?.filter(({ state }) => state !== "ok").length ?? 0;
  const found = [
    broken > 0 && `${broken} of ${parts.length} parts`,
    amiss > 0 && `${amiss} of ${checks?.data?.length} checks`,
  ].filter(Boolean);
  if (found.length > 0) return `${found.join(" and ")} need you.`;
  if (checks?.error) return "All parts work; the machine could not be looked at.";
  return "Everything works.";
}

function Figures({ system }: { system: System }) {
  const { wakes } = system;
  return (
    <Card title="This installation">
      <dl className="grid gap-x-8 gap-y-3 p-4 sm:p-5 sm:grid-cols-[auto_minmax(0,1fr)]">
        <Fact name="Version">{system.version}</Fact>
        <Fact name="Address">
          <Address url={system.public_url ?? system.url} />
        </Fact>
        {system.fleet && (
          <Fact name="Fleet repository">
            <Address url={system.fleet} />
          </Fact>
        )}
        <Fact name="Bots">
          {system.bots}
          {system.awake != null && `, ${system.awake} with a process just now`}
        </Fact>
        <Fact name="Waiting operations">{system.operations_waiting}</Fact>
        {wakes && wakes.count > 0 && (
          <Fact name="Waking">
            {wakes.p50_ms?.toFixed(0)} ms, at worst {wakes.p99_ms?.toFixed(0)} ms (the last {wakes.count})
          </Fact>
        )}
        <Fact name="Embedded brain">
          {system.brain.name} <span className="text-faint">· {system.brain.label}</span>
        </Fact>
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 break-words max-sm:-mt-2">{children}</dd>
    </>
  );
}

function Address({ url }: { url: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="min-w-0 truncate font-mono text-sm">{url}</code>
      <CopyButton text={url} label={`Copy ${url}`} className="-my-1" />
    </span>
  );
}
