import { TemplateCard } from "@/components/NewBot/TemplateCard";
import { BackLink } from "@/components/ui/BackLink";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useTemplates } from "@/hooks/use-templates";
import { useTitle } from "@/hooks/use-title";

export function TemplatesPage() {
  useTitle("New bot");
  const templates = useTemplates();
  return (
    <div className="grid gap-6 pt-4 pb-7 sm:pt-6 sm:pb-10">
      <div className="grid gap-1">
        <BackLink to="/">Bots</BackLink>
        <h1 className="font-semibold text-2xl tracking-tight">What should it be?</h1>
        <p className="text-soft">Each is a working bot. You can change every word of it, now or later.</p>
      </div>
      {templates.isError && <ProblemNote error={templates.error} />}
      {templates.isPending && (
        <Loading what="templates">
          <Skeleton className="h-72 w-full rounded-xl" />
        </Loading>
      )}
      {templates.data && (
        <ul className="grid gap-3 sm:grid-cols-2 md:grid-cols-3">
          {templates.data.map((template) => (
            <TemplateCard key={template.id} template={template} />
          ))}
        </ul>
      )}
    </div>
  );
}
