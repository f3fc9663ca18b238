import { useState } from "react";
import type { OwnerQuota } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useQuota, type Whose } from "@/hooks/use-quota";
import { MEASURES, type Measure } from "./measures";
import { QuotaForm } from "./QuotaForm";

/** What an owner's bots may have together, and how much of it they have; an operator changes it. */
export function QuotaCard({ whose, operator }: { whose: Whose; operator: boolean }) {
  const { data, error } = useQuota(whose);
  const [editing, setEditing] = useState(false);
  const change = operator && data && !editing && (
    <Button size="small" onClick={() => setEditing(true)}>
      Change
    </Button>
  );
  return (
    <Card title="Quota" aside={change}>
      {error && (
        <div className="p-5">
          <ProblemNote error={error} />
        </div>
      )}
      {!data && !error && (
        <Loading what="the quota">
          <Skeleton className="m-5 h-48" />
        </Loading>
      )}
      {data && editing && <QuotaForm whose={whose} quota={data} onDone={() => setEditing(false)} />}
      {data && !editing && <Measures quota={data} operator={operator} />}
    </Card>
  );
}

function Measures({ quota, operator }: { quota: OwnerQuota; operator: boolean }) {
  const limited = MEASURES.some(({ key }) => quota.quota[key] != null);
  return (
    <>
      <dl className="divide-y divide-line">
        {MEASURES.map((measure) => (
          <Row key={measure.key} measure={measure} quota={quota} />
        ))}
      </dl>
      <p className="border-line border-t px-5 py-3 text-faint text-sm">
        {limited
          ? "A full quota stops new bots and larger ones; what runs goes on."
          : "Nothing is limited, as long as no operator sets a quota."}
        {limited && !operator && " An operator raises it."}
      </p>
    </>
  );
}

function Row({ measure, quota }: { measure: Measure; quota: OwnerQuota }) {
  const limit = quota.quota[measure.key];
  const share = measure.share(quota);
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-1.5 px-5 py-3">
      <dt>{measure.name}</dt>
      <dd className={`text-right font-mono text-sm ${share >= 1 ? "text-stop" : "text-soft"}`}>
        {measure.used(quota.used)}
        {limit != null && ` of ${limit}`}
        {share >= 1 && <span className="font-sans"> · {share > 1 ? "over" : "full"}</span>}
      </dd>
      {limit != null && (
        <dd className="col-span-2">
          <Gauge share={Math.min(1, share)} />
        </dd>
      )}
    </div>
  );
}

/** The same again for the eye. */
function Gauge({ share }: { share: number }) {
  return (
    <svg
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      aria-hidden="true"
      className="h-1 w-full rounded-full"
    >
      <rect width="100" height="4" className="fill-sunk" />
      <rect width={100 * share} height="4" className={share >= 1 ? "fill-stop" : "fill-go"} />
    </svg>
  );
}
