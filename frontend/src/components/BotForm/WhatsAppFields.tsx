import { api, body } from "@/client/api";
import { Field, INPUT } from "@/components/ui/Field";
import { useCheck } from "@/hooks/use-check";
import type { Part } from "./BotForm";
import { ChannelSecret } from "./ChannelSecret";
import { Verdict } from "./Verdict";

/** A number’s id and a token. */
const BOTH = /^\d{5,20} \S{20,}$/;
const OF_TOKEN = "Of a system user at Meta, one that does not expire. It is sealed before it is stored.";
const OF_SECRET =
  "App settings, Basic, App Secret: by it Botyard knows that a message is WhatsApp’s. Sealed as well.";

export function WhatsAppFields(part: Part) {
  const { draft, errors, change } = part;
  return (
    <div className="grid animate-rise gap-4">
      <Field
        label="Phone number ID"
        error={errors.whatsappNumber}
        hint="In your app at Meta: WhatsApp, API Setup. It is not the number itself."
      >
        {(described) => (
          <input
            {...described}
            className={`${INPUT} font-mono`}
            inputMode="numeric"
            autoComplete="off"
            spellCheck={false}
            value={draft.whatsappNumber}
            onChange={(event) => change({ whatsappNumber: event.target.value })}
          />
        )}
      </Field>
      <div className="grid gap-2">
        <ChannelSecret {...part} label="WhatsApp token" of="whatsappToken" hint={OF_TOKEN} />
        <WhatsAppCheck token={draft.whatsappToken} number={draft.whatsappNumber} />
      </div>
      <ChannelSecret {...part} label="WhatsApp app secret" of="whatsappAppSecret" hint={OF_SECRET} />
    </div>
  );
}

/** Asks Meta whether the token may use the number. */
function WhatsAppCheck({ token, number }: { token: string; number: string }) {
  const check = useCheck(
    "whatsapp",
    `${number.trim()} ${token.trim()}`,
    (asked) => BOTH.test(asked),
    (asked) => {
      const [phone_number_id = "", token = ""] = asked.split(" ");
      return body(api.POST("/api/v1/checks/whatsapp", { body: { token, phone_number_id } }));
    },
  );
  return (
    <Verdict
      asking={check.isFetching ? "Asking WhatsApp …" : null}
      checked={check.data}
      error={check.error}
      fine={<>This is {check.data?.name ?? "a number"}</>}
    />
  );
}
