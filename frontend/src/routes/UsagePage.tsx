import { UsageRow } from "@/components/Usage/UsageRow";
import { Button } from "@/components/ui/Button";
import { Field, INPUT } from "@/components/ui/Field";
import { Listing } from "@/components/ui/Listing";
import { PageHead } from "@/components/ui/PageHead";
import { useTitle } from "@/hooks/use-title";
import { useUsage } from "@/hooks/use-usage";
import { useSearchParams } from "@/router";

export function UsagePage() {
  useTitle("Usage");
  const [query, setQuery] = useSearchParams();
  const bot = query.get("bot") ?? "";
  const usage = useUsage(bot);
  return (
    <div className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <PageHead title="Usage">
        Answers, tokens and cost in the last thirty days, by day (UTC) and bot.
      </PageHead>
      <form
        key={bot}
        className="flex max-w-text items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          setQuery("bot", String(new FormData(event.currentTarget).get("bot") ?? "").trim());
        }}
      >
        <div className="grow">
          <Field label="Of one bot" optional>
            {(described) => (
              <input
                {...described}
                name="bot"
                defaultValue={bot}
                placeholder="owner.name"
                autoCapitalize="off"
                spellCheck={false}
                className={INPUT}
              />
            )}
          </Field>
        </div>
        <Button type="submit">Show</Button>
      </form>
      <Listing
        label="Usage"
        query={usage}
        empty={bot ? `${bot} has answered nobody in these days.` : "No bot has answered anybody yet."}
        row={(used) => <UsageRow used={used} />}
      />
    </div>
  );
}
