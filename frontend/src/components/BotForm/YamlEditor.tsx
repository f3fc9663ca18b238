import { Field, INPUT } from "@/components/ui/Field";
import type { Editor } from "./use-editor";

/** The specification as text. Tab moves on, as everywhere on the page; two spaces indent. */
export function YamlEditor({ editor, hint }: { editor: Editor; hint?: string }) {
  return (
    <Field label="bot.yaml" error={editor.problem ?? undefined} hint={hint}>
      {(described) => (
        <textarea
          {...described}
          className={`${INPUT} field-sizing-content max-h-[70dvh] min-h-64 resize-y whitespace-pre-wrap font-mono text-sm! leading-6`}
          rows={18}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={editor.text}
          onChange={(event) => editor.write(event.target.value)}
        />
      )}
    </Field>
  );
}
