import { type FormEvent, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Me, Template } from "@/client/types";
import { BotForm } from "@/components/BotForm/BotForm";
import { type Draft, draftOf, secretsOf, specOf } from "@/components/BotForm/draft";
import { ErrorSummary } from "@/components/BotForm/ErrorSummary";
import { placeErrors } from "@/components/BotForm/field-errors";
import { Section } from "@/components/BotForm/Section";
import { BackLink } from "@/components/ui/BackLink";
import { useDeploy } from "@/hooks/use-writes";
import { NameFields } from "./NameFields";
import { Plan } from "./Plan";

const NONE: ReadonlySet<string> = new Set();

/** One form from a template to a deploy; beside it, what the deploy will do. */
export function NewBot({ template, me }: { template: Template; me: Me }) {
  const navigate = useNavigate();
  const deploy = useDeploy();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Draft>(() => draftOf({ ...template.spec, name: "" }, me.user.name));
  const { fields, others } = placeErrors(deploy.error);
  const change = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }));

  useEffect(() => {
    if (deploy.error) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [deploy.error]);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (deploy.isPending) return;
    const owner = draft.owner === me.user.name ? undefined : draft.owner;
    deploy.mutate(
      { owner, spec: specOf(draft, template.spec), secrets: secretsOf(draft, template.spec) },
      { onSuccess: ({ operation }) => void navigate(`/operations/${operation.id}`) },
    );
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-6 py-7 sm:py-10">
      <div className="grid gap-1">
        <BackLink to="/new">Templates</BackLink>
        <h1 className="font-semibold text-2xl tracking-tight">New bot: {template.title}</h1>
      </div>
      <div className="grid items-start gap-x-10 md:grid-cols-[minmax(0,1fr)_19rem]">
        <div>
          <Section title="Name" hint="Short and for good: it is part of the bot’s address.">
            <NameFields draft={draft} errors={fields} me={me} change={change} />
          </Section>
          <BotForm draft={draft} errors={fields} base={template.spec} set={NONE} change={change} />
          <ErrorSummary error={deploy.error} others={others} />
        </div>
        <Plan draft={draft} base={template.spec} busy={deploy.isPending} />
      </div>
    </form>
  );
}
