import type { Spec } from "@/client/types";
import { AccessFields } from "./AccessFields";
import { BudgetFields } from "./BudgetFields";
import { ChannelFields } from "./ChannelFields";
import type { Draft } from "./draft";
import type { FieldErrors } from "./field-errors";
import { ModelFields } from "./ModelFields";
import { Section } from "./Section";
import { VoiceFields } from "./VoiceFields";

export interface Part {
  draft: Draft;
  errors: FieldErrors;
  /** The specification that the form started from. */
  base: Spec;
  /** Names of the secrets that are set already. */
  set: ReadonlySet<string>;
  /** Whether a bot without a token can be made in Telegram by a tap. */
  byTap?: boolean;
  change: (part: Partial<Draft>) => void;
}

/** All that a bot is, but for its name: the same for a new bot and for one that runs. */
export function BotForm(props: Part) {
  return (
    <>
      <Section title="What it does" hint="Plain words, as you would brief a new colleague.">
        <VoiceFields {...props} />
      </Section>
      <Section title="Model" hint="What it thinks with.">
        <ModelFields {...props} />
      </Section>
      <Section title="Channels" hint="Where people reach it.">
        <ChannelFields {...props} />
      </Section>
      <Section title="Access" hint="Who may talk to it in a messenger.">
        <AccessFields {...props} />
      </Section>
      <Section title="Budget" hint="When it is used up, the bot says so and waits.">
        <BudgetFields {...props} />
      </Section>
    </>
  );
}
