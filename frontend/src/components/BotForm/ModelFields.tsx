import { Choice, type Option } from "@/components/ui/Choice";
import { Field, FieldError, INPUT } from "@/components/ui/Field";
import type { Part } from "./BotForm";
import { keyName, modelOf } from "./draft";
import { ModelCheck } from "./ModelCheck";
import { SecretField } from "./SecretField";

const PROVIDERS: Option[] = [
  {
    value: "embedded",
    title: "Demo brain",
    hint: "A small model on this machine. No key, no cost; good for trying things, not for work.",
  },
  { value: "openai", title: "OpenAI", hint: "Needs an API key." },
  {
    value: "openai-compatible",
    title: "OpenAI-compatible",
    hint: "Any server that speaks OpenAI’s chat completions: vLLM, Ollama, OpenRouter, …",
  },
];

export function ModelFields(props: Part) {
  const { draft, errors, change } = props;
  const known = PROVIDERS.some((provider) => provider.value === draft.provider);
  const options = known
    ? PROVIDERS
    : [...PROVIDERS, { value: draft.provider, title: draft.provider, hint: "As in the bot’s file." }];
  return (
    <>
      <Choice
        legend="Provider"
        name="provider"
        value={draft.provider}
        options={options}
        onChange={(provider) => change({ provider })}
      />
      {errors.provider && <FieldError>{errors.provider}</FieldError>}
      {draft.provider !== "embedded" && <RemoteModel {...props} />}
    </>
  );
}

function RemoteModel({ draft, errors, base, set, change }: Part) {
  const open = draft.provider === "openai";
  return (
    <div className="grid animate-rise gap-5">
      {!open && (
        <Field label="Base URL" error={errors.baseUrl} hint="The address that ends before /chat/completions.">
          {(described) => (
            <input
              {...described}
              className={`${INPUT} font-mono`}
              inputMode="url"
              placeholder="https://models.example.com/v1"
              value={draft.baseUrl}
              onChange={(event) => change({ baseUrl: event.target.value })}
            />
          )}
        </Field>
      )}
      <Field label="Model name" error={errors.model}>
        {(described) => (
          <input
            {...described}
            className={`${INPUT} font-mono`}
            placeholder={open ? "gpt-4o-mini" : "llama-3.3-70b"}
            autoCapitalize="off"
            spellCheck={false}
            value={draft.model}
            onChange={(event) => change({ model: event.target.value })}
          />
        )}
      </Field>
      <SecretField
        label="API key"
        optional={!open}
        name={keyName(draft, base)}
        set={set.has(keyName(draft, base))}
        error={errors.modelKey}
        value={draft.modelKey}
        onChange={(modelKey) => change({ modelKey })}
      />
      {(draft.modelKey || !set.has(keyName(draft, base))) && (
        <ModelCheck model={modelOf(draft, base, false)} typedKey={draft.modelKey} />
      )}
    </div>
  );
}
