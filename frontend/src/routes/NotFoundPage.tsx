import { ButtonLink } from "@/components/ui/Button";
import { Empty } from "@/components/ui/Empty";
import { useTitle } from "@/hooks/use-title";

export function NotFoundPage() {
  useTitle("Not found");
  return (
    <Empty title="Nothing stands here" action={<ButtonLink to="/">All bots</ButtonLink>}>
      The address leads to no page. It may be of a bot that has been deleted.
    </Empty>
  );
}
