import { AuditRow } from "@/components/Audit/AuditRow";
import { Button } from "@/components/ui/Button";
import { Field, INPUT } from "@/components/ui/Field";
import { Listing } from "@/components/ui/Listing";
import { PageHead } from "@/components/ui/PageHead";
import { useAudit } from "@/hooks/use-audit";
import { useTitle } from "@/hooks/use-title";
import { useSearchParams } from "@/router";

export function AuditPage() {
  useTitle("Audit");
  const [query, setQuery] = useSearchParams();
  const bot = query.get("bot") ?? "";
  const entries = useAudit(bot);
  return (
    <div className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <PageHead title="Audit">Who did what, newest first. Nobody can change what stands here.</PageHead>
      <form
        key={bot}
        className="flex max-w-text items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = String(new FormData(event.currentTarget).get("bot") ?? "").trim();
          setQuery("bot", wanted);
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
        label="Audit log"
        query={entries}
        empty={bot ? `Nothing was done to ${bot}.` : "Nothing has been done yet."}
        row={(entry) => <AuditRow entry={entry} />}
      />
    </div>
  );
}
