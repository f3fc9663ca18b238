import type { Operation } from "@/client/types";
import { OperationRow } from "@/components/Operations/OperationRow";
import { Chips } from "@/components/ui/Chips";
import { Listing } from "@/components/ui/Listing";
import { PageHead } from "@/components/ui/PageHead";
import { useOperations } from "@/hooks/use-operations";
import { useTitle } from "@/hooks/use-title";
import { useSearchParams } from "@/router";

const STATES = { running: "Running", pending: "Waiting", failed: "Failed", succeeded: "Succeeded" };

export function OperationsPage() {
  useTitle("Operations");
  const [query, setQuery] = useSearchParams();
  const asked = query.get("state");
  const state = asked && asked in STATES ? (asked as Operation["state"]) : undefined;
  const operations = useOperations(state);
  return (
    <div className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <PageHead title="Operations">Every change of every bot, from the request to the proof.</PageHead>
      <Chips
        label="State"
        options={STATES}
        value={state ?? ""}
        onChange={(next) => setQuery("state", next, { replace: true })}
      />
      <Listing
        label="Operations"
        query={operations}
        empty={state ? "None is in this state." : "Nothing has been changed yet."}
        row={(operation) => <OperationRow operation={operation} />}
      />
    </div>
  );
}
