import type { Bot } from "@/client/types";
import { Icon } from "@/components/ui/Icon";
import { Link } from "@/router";

const WORDS: Record<string, { title: string; text: string }> = {
  pairing: {
    title: "By pairing",
    text: "Whoever opens the pairing link first becomes its owner; anybody else asks, and you let them in.",
  },
  allowlist: {
    title: "Only who is listed",
    text: "The list is part of the bot’s file; who is not on it is turned away.",
  },
  open: { title: "Everybody", text: "Whoever finds the bot may talk to it, within its budget." },
};

export function Policy({ bot }: { bot: Bot }) {
  const policy = bot.spec.access?.policy ?? "pairing";
  const { title, text } = WORDS[policy] ?? { title: policy, text: "" };
  const messengers = Object.keys(bot.spec.channels ?? {}).filter((name) => name !== "web");
  return (
    <section
      aria-label="Who may talk to it"
      className="flex items-start gap-3 rounded-xl border border-line bg-paper p-4 shadow-card sm:p-5"
    >
      <Icon name="lock" className="mt-0.5 text-faint" />
      <div className="min-w-0 grow">
        <h2 className="font-semibold tracking-tight">{title}</h2>
        <p className="text-soft">
          {messengers.length > 0
            ? text
            : "It is in no messenger yet: who may talk to it there is decided once it has one."}
        </p>
      </div>
      <Link
        to={`/bots/${bot.id}/settings`}
        className="shrink-0 text-sm underline decoration-edge underline-offset-4"
      >
        Change
      </Link>
    </section>
  );
}
