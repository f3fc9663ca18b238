import { NewBot } from "@/components/NewBot/NewBot";
import { ButtonLink } from "@/components/ui/Button";
import { Empty } from "@/components/ui/Empty";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useMe } from "@/hooks/use-me";
import { useTemplates } from "@/hooks/use-templates";
import { useTitle } from "@/hooks/use-title";
import { useParams } from "@/router";

export function NewBotPage() {
  const id = useParams().template;
  const templates = useTemplates();
  const me = useMe();
  const template = templates.data?.find((each) => each.id === id);
  useTitle(template ? `New bot: ${template.title}` : "New bot");
  if (templates.isError) return <ProblemNote error={templates.error} />;
  if (templates.isPending || !me.data)
    return (
      <Loading what="the template">
        <Skeleton className="mt-10 h-96 w-full rounded-xl" />
      </Loading>
    );
  if (!template)
    return (
      <Empty title="There is no such template" action={<ButtonLink to="/new">See all templates</ButtonLink>}>
        It may have been renamed.
      </Empty>
    );
  return <NewBot key={template.id} template={template} me={me.data} />;
}
