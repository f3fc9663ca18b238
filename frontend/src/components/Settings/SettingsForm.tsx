import { type FormEvent, useState } from "react";
import type { Bot, Diff } from "@/client/types";
import { BotForm } from "@/components/BotForm/BotForm";
import { type Draft, draftOf, secretsOf, specOf } from "@/components/BotForm/draft";
import { ErrorSummary } from "@/components/BotForm/ErrorSummary";
import { placeErrors } from "@/components/BotForm/field-errors";
import { mergePatch, same } from "@/components/BotForm/merge-patch";
import { Button } from "@/components/ui/Button";
import { type Edit, usePreview } from "@/hooks/use-writes";
import { ChangedMeanwhile } from "./ChangedMeanwhile";
import { Review } from "./Review";

/** Edits start from the version that was read; nothing is committed before its diff has been seen. */
export function SettingsForm({ bot }: { bot: Bot }) {
  const [read, setRead] = useState(bot);
  const [draft, setDraft] = useState<Draft>(() => draftOf(bot.spec, bot.owner));
  const [review, setReview] = useState<{ edit: Edit; diff: Diff } | null>(null);
  const preview = usePreview(bot.id);
  const { fields, others } = placeErrors(preview.error);
  const set = new Set(
    Object.entries(read.secrets ?? {}).flatMap(([name, secret]) => (secret.set ? [name] : [])),
  );
  const keySet = read.spec.model?.key != null && read.spec.model.provider === draft.provider;
  const patch = mergePatch(read.spec, specOf(draft, read.spec, keySet));
  const secrets = secretsOf(draft, read.spec);
  const changed =
    !same(draft, draftOf(read.spec, read.owner)) &&
    (Object.keys(patch).length > 0 || Object.keys(secrets).length > 0);

  function discard(): void {
    setRead(bot);
    setDraft(draftOf(bot.spec, bot.owner));
    preview.reset();
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!changed) return;
    const edit = { patch, secrets, version: read.version };
    preview.mutate(edit, { onSuccess: (diff) => setReview({ edit, diff }) });
  }

  return (
    <form onSubmit={submit} noValidate className="w-full">
      {bot.version !== read.version && <ChangedMeanwhile onReload={discard} />}
      <BotForm
        draft={draft}
        errors={fields}
        base={read.spec}
        set={set}
        change={(part) => setDraft((old) => ({ ...old, ...part }))}
      />
      <ErrorSummary error={preview.error} others={others} />
      {changed && (
        <div className="sticky bottom-14 -mx-4 mt-2 flex gap-2 border-line border-t bg-fog px-4 py-3 sm:mx-0 sm:px-0 md:bottom-0">
          <Button type="submit" look="solid" busy={preview.isPending}>
            Review the change
          </Button>
          <Button look="quiet" onClick={discard}>
            Discard
          </Button>
        </div>
      )}
      {review && <Review bot={bot} edit={review.edit} diff={review.diff} onClose={() => setReview(null)} />}
    </form>
  );
}
