import type { User } from "@/client/types";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Toggle } from "@/components/ui/Toggle";
import { useChangeUser } from "@/hooks/use-users";

/** Makes somebody an operator, and takes it back. */
export function OperatorToggle({ user }: { user: User }) {
  const change = useChangeUser();
  return (
    <div className="grid gap-3">
      <Toggle
        label="Operator"
        hint="Sees and changes everything, of everybody."
        on={change.isPending ? change.variables.change.operator === true : user.operator}
        onChange={(operator) => {
          if (!change.isPending) change.mutate({ name: user.name, change: { operator } });
        }}
      />
      <ProblemNote error={change.error} />
    </div>
  );
}
