import { SecretRow } from "@/components/Secrets/SecretRow";
import { usesOf } from "@/components/Secrets/uses";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function SecretsPage() {
  const bot = useThisBot();
  useTitle(`Secrets of ${bot.id}`);
  const uses = usesOf(bot.spec);
  const known = bot.secrets ?? {};
  const names = [...new Set([...uses.keys(), ...Object.keys(known)])].sort();
  return (
    <div className="grid w-full max-w-text gap-4">
      <p className="text-soft">
        Each is sealed before it is stored and opened only where the bot runs. Nobody can read one back, here
        or by the API.
      </p>
      {names.length === 0 ? (
        <p className="py-4 text-faint">This bot needs none. A key or a token that it is given lands here.</p>
      ) : (
        <ul
          aria-label="Secrets"
          className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-paper shadow-card"
        >
          {names.map((name) => (
            <SecretRow
              key={name}
              bot={bot.id}
              name={name}
              secret={known[name] ?? { set: false }}
              use={uses.get(name) ?? null}
            />
          ))}
        </ul>
      )}
    </div>
  );
}
