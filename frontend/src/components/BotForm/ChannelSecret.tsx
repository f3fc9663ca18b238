import type { Part } from "./BotForm";
import { type SecretKey, secretName } from "./channel-secrets";
import { SecretField } from "./SecretField";

interface Props extends Part {
  label: string;
  of: SecretKey;
  hint: string;
}

/** The field of one secret of a messenger, under the name that the specification gives it. */
export function ChannelSecret({ label, of, hint, draft, errors, base, set, change }: Props) {
  const name = secretName(base, of);
  return (
    <SecretField
      label={label}
      name={name}
      set={set.has(name)}
      error={errors[of]}
      value={draft[of]}
      hint={hint}
      onChange={(value) => change({ [of]: value })}
    />
  );
}
