import type { Me, OwnerQuota } from "@/client/types";
import { Icon } from "@/components/ui/Icon";
import { useQuota, type Whose } from "@/hooks/use-quota";
import { MEASURES } from "./measures";

/** Beside what it limits: how many of the bots there is room for, and what is used up. Nothing where nothing is limited. */
export function QuotaNote({ whose, me }: { whose: Whose; me: Me }) {
  const { data } = useQuota(whose, whose.name === me.user.name ? me.quota : undefined);
  const full = data ? MEASURES.filter((measure) => measure.share(data) >= 1) : [];
  if (!data || (data.quota.bots == null && full.length === 0)) return null;
  if (full.length === 0)
    return (
      <p className="text-faint text-sm">
        {whose.name} has {data.used.bots} of {data.quota.bots} bots.
      </p>
    );
  return (
    <p role="status" className="flex items-start gap-1.5 break-words text-sm text-work">
      <Icon name="warn" className="mt-0.5 size-4" />
      <span>
        {sentence(
          whose.name,
          data,
          full.map(({ name }) => name),
        )}
      </span>
    </p>
  );
}

function sentence(owner: string, { quota, used }: OwnerQuota, full: string[]): string {
  const what =
    quota.bots != null && used.bots >= quota.bots
      ? `${owner} has ${used.bots} of ${quota.bots} bots.`
      : `${owner}’s quota is used up: ${full.join(", ").toLowerCase()}.`;
  return `${what} Delete what is not needed, choose another owner, or ask an operator to raise the quota.`;
}
