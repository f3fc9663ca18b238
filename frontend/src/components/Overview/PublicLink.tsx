import type { Bot } from "@/client/types";
import { Card } from "@/components/ui/Card";
import { CopyButton } from "@/components/ui/CopyButton";

/** Where everybody finds the bot, and the line that puts it on another site. */
export function PublicLink({ bot }: { bot: Bot }) {
  const web = bot.spec.channels?.web;
  if (web?.public !== true) return null;
  const link = `${location.origin}/c/${bot.id}`;
  const sites = Array.isArray(web.origins) ? web.origins.length : 0;
  return (
    <Card title="Public chat">
      <div className="grid gap-3 px-4 py-4 sm:px-5">
        <p className="flex items-center gap-1">
          <a
            href={link}
            target="_blank"
            rel="noopener"
            className="min-w-0 wrap-anywhere underline decoration-edge underline-offset-4"
          >
            {link}
          </a>
          <CopyButton text={link} label="Copy the public link" />
        </p>
        {sites > 0 ? (
          <div className="flex items-start gap-1">
            <code className="min-w-0 break-all rounded-sm bg-sunk px-2 py-1 font-mono text-sm">
              {lineFor(link)}
            </code>
            <CopyButton text={lineFor(link)} label="Copy the line for your site" />
          </div>
        ) : (
          <p className="text-faint text-sm">
            To show it on a site of yours, name the site in the settings, under Public web chat.
          </p>
        )}
      </div>
    </Card>
  );
}

function lineFor(link: string): string {
  return `<script src="${link}/embed.js" async></script>`;
}
