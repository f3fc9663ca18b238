import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Me, Template } from "@/client/types";
import { BotForm } from "@/components/BotForm/BotForm";
import { secretName } from "@/components/BotForm/channel-secrets";
import { commitPath, secretsOf } from "@/components/BotForm/draft";
import { ErrorSummary } from "@/components/BotForm/ErrorSummary";
import { placeErrors } from "@/components/BotForm/field-errors";
import { Section } from "@/components/BotForm/Section";
import { useEditor } from "@/components/BotForm/use-editor";
import { YamlEditor } from "@/components/BotForm/YamlEditor";
import { TryChat } from "@/components/Try/TryChat";
import { BackLink } from "@/components/ui/BackLink";
import { Button } from "@/components/ui/Button";
import { LeaveGuard } from "@/components/ui/LeaveGuard";
import { Views } from "@/components/ui/Views";
import { useHasManager, useMakeLink } from "@/hooks/use-managed-bots";
import { useDeploy } from "@/hooks/use-writes";
import { useNavigate } from "@/router";
import { NameFields } from "./NameFields";
import { Plan } from "./Plan";
import { WillCommit } from "./WillCommit";

const NONE: ReadonlySet<string> = new Set();
const FORM = "new-bot";

/** One form from a template to a deploy; beside it, the same as a file, the commit it will be, and a chat to try it. */
export function NewBot({ template, me }: { template: Template; me: Me }) {
  const navigate = useNavigate();
  const deploy = useDeploy();
  const form = useRef<HTMLFormElement>(null);
  const [view, setView] = useState("Plan");
  const editor = useEditor({ ...template.spec, name: "" }, me.user.name);
  const { draft, base, spec } = editor;
  const secrets = secretsOf(draft, base);
  const makeLink = useMakeLink();
  const hasManager = useHasManager();
  const token = secretName(base, "telegramToken");
  const byTap = hasManager && draft.telegram && !(token in secrets);
  const { error, isPending } = byTap ? makeLink : deploy;
  const { fields, others } = placeErrors(error, draft, true);
  const owner = draft.owner === me.user.name ? undefined : draft.owner;
  const id = `${draft.owner}.${draft.name || "new"}`;

  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (isPending || editor.problem) return;
    if (byTap) {
      makeLink.mutate(
        { owner, spec, secrets },
        { onSuccess: ({ id, link }) => navigate(`/links/${id}`, { state: { link } }) },
      );
      return;
    }
    deploy.mutate(
      { owner, spec, secrets },
      { onSuccess: ({ operation }) => navigate(`/operations/${operation.id}`) },
    );
  }

  // The diff does not show what is sealed; that there will be a token is enough to see it.
  const foreseen = byTap ? { ...secrets, [token]: "handed over by Telegram" } : secrets;
  const views = [
    { name: "Plan", content: <Plan draft={draft} spec={spec} sealed={Object.keys(secrets)} /> },
    { name: "File", content: <YamlEditor editor={editor} hint="In step with the form, both ways." /> },
    {
      name: "Commit",
      content: (
        <WillCommit
          deployment={{ owner, spec, secrets: foreseen }}
          path={commitPath(draft.owner, draft.name || "…")}
        />
      ),
    },
    { name: "Try it", content: <TryChat trial={{ spec, secrets }} id={id} /> },
  ];
  return (
    <div className="grid gap-6 pt-4 pb-24 sm:pt-6 md:pb-10">
      {editor.touched && <LeaveGuard />}
      <div className="grid gap-2">
        <BackLink to="/new">Templates</BackLink>
        <h1 className="font-semibold text-2xl tracking-tight">New bot: {template.title}</h1>
      </div>
      <div className="grid items-start gap-x-10 gap-y-6 md:grid-cols-[minmax(0,1fr)_22rem] lg:grid-cols-[minmax(0,1fr)_26rem]">
        <form id={FORM} ref={form} onSubmit={submit} noValidate>
          <fieldset disabled={editor.problem !== null} className="min-w-0 disabled:opacity-55">
            <Section title="Name" hint="Short and for good: it is part of the bot’s address.">
              <NameFields draft={draft} errors={fields} me={me} change={editor.change} />
            </Section>
            <BotForm
              draft={draft}
              errors={fields}
              base={base}
              set={NONE}
              byTap={hasManager}
              change={editor.change}
            />
          </fieldset>
          <ErrorSummary error={error} others={others} />
        </form>
        <aside
          aria-label="What will be deployed"
          className="grid gap-4 md:sticky md:top-18 md:max-h-[calc(100dvh-5.5rem)] md:overflow-y-auto md:rounded-xl md:border md:border-line md:bg-paper md:p-5 md:shadow-card"
        >
          <Views label="Ways to look at it" views={views} value={view} onChange={setView} />
          <div className="max-md:fixed max-md:inset-x-0 max-md:bottom-[calc(3.5rem+env(safe-area-inset-bottom))] max-md:z-10 max-md:border-line max-md:border-t max-md:bg-fog max-md:px-4 max-md:py-3">
            <Button
              type="submit"
              form={FORM}
              look="solid"
              busy={isPending}
              disabled={editor.problem !== null}
              className="w-full"
            >
              {byTap ? "Name it in Telegram" : "Deploy"}
            </Button>
          </div>
        </aside>
      </div>
    </div>
  );
}
