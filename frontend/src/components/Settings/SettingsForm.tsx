import { type SyntheticEvent, useEffect, useState } from "react";
import { ApiError } from "@/client/problem";
import type { Bot, Diff } from "@/client/types";
import { BotForm } from "@/components/BotForm/BotForm";
import { secretsOf } from "@/components/BotForm/draft";
import { ErrorSummary } from "@/components/BotForm/ErrorSummary";
import { placeErrors } from "@/components/BotForm/field-errors";
import { mergePatch } from "@/components/BotForm/merge-patch";
import { useEditor } from "@/components/BotForm/use-editor";
import { YamlEditor } from "@/components/BotForm/YamlEditor";
import { TryChat } from "@/components/Try/TryChat";
import { Button } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { LeaveGuard } from "@/components/ui/LeaveGuard";
import { Views } from "@/components/ui/Views";
import { type Edit, usePreview } from "@/hooks/use-writes";
import { ChangedMeanwhile } from "./ChangedMeanwhile";
import { Review } from "./Review";

/** Edits start from the version that was read; nothing is committed before its diff has been seen. */
export function SettingsForm({ bot }: { bot: Bot }) {
  const [read, setRead] = useState(bot);
  const [view, setView] = useState("Form");
  const [review, setReview] = useState<{ edit: Edit; diff: Diff } | null>(null);
  const [discarding, setDiscarding] = useState(false);
  const preview = usePreview(bot.id);
  const editor = useEditor(
    bot.spec,
    bot.owner,
    ({ provider }) => read.spec.model?.key != null && read.spec.model.provider === provider,
  );
  const { draft, base, spec } = editor;
  const { fields, others } = placeErrors(preview.error, draft);
  const all = preview.error instanceof ApiError ? preview.error.fields : [];
  const set = new Set(
    Object.entries(read.secrets ?? {}).flatMap(([name, secret]) => (secret.set ? [name] : [])),
  );
  const patch = mergePatch(read.spec, spec);
  const secrets = secretsOf(draft, base);
  const differs = Object.keys(patch).length > 0 || Object.keys(secrets).length > 0;
  const changed = editor.touched && (differs || editor.problem !== null);

  function discard(): void {
    setRead(bot);
    editor.reset(bot.spec, bot.owner);
    preview.reset();
  }
  const stale = bot.version !== read.version;
  // A form that nobody has touched follows the bot; one that somebody works on waits to be asked.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when a newer version comes.
  useEffect(() => {
    if (stale && !editor.touched) discard();
  }, [stale]);

  function submit(event: SyntheticEvent): void {
    event.preventDefault();
    if (!changed || editor.problem) return;
    const edit = { patch, secrets, version: read.version };
    preview.mutate(edit, { onSuccess: (diff) => setReview({ edit, diff }) });
  }

  const views = [
    {
      name: "Form",
      content: (
        <form onSubmit={submit} noValidate>
          <fieldset disabled={editor.problem !== null} className="min-w-0 disabled:opacity-55">
            <BotForm draft={draft} errors={fields} base={base} set={set} change={editor.change} />
          </fieldset>
        </form>
      ),
    },
    {
      name: "File",
      content: (
        <YamlEditor
          editor={editor}
          hint="The same as the form. Comments in the file in Git stay where they are."
        />
      ),
    },
    { name: "Try it", content: <TryChat trial={{ spec, secrets, bot: bot.id }} id={bot.id} /> },
  ];
  return (
    <div className="w-full">
      {stale && editor.touched && <ChangedMeanwhile onReload={discard} />}
      <Views label="Ways to change it" views={views} value={view} onChange={setView} />
      <ErrorSummary error={preview.error} others={view === "Form" ? others : all} />
      {changed && (
        <div className="sticky bottom-14 z-10 -mx-4 mt-2 flex gap-2 border-line border-t bg-fog px-4 py-3 sm:mx-0 sm:px-0 md:bottom-0">
          <Button look="solid" busy={preview.isPending} disabled={editor.problem !== null} onClick={submit}>
            Review the change
          </Button>
          <Button look="quiet" onClick={() => setDiscarding(true)}>
            Discard
          </Button>
        </div>
      )}
      {discarding && (
        <Confirm
          open
          danger
          title="Discard your change?"
          verb="Discard"
          busy={false}
          error={null}
          onClose={() => setDiscarding(false)}
          onConfirm={() => {
            discard();
            setDiscarding(false);
          }}
        >
          <p>The form and the file go back to what is committed.</p>
        </Confirm>
      )}
      {changed && <LeaveGuard />}
      {review && <Review bot={bot} edit={review.edit} diff={review.diff} onClose={() => setReview(null)} />}
    </div>
  );
}
