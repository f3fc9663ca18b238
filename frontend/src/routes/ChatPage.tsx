import { ChatView } from "@/components/Chat/ChatView";
import { ButtonLink } from "@/components/ui/Button";
import { Empty } from "@/components/ui/Empty";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function ChatPage() {
  const bot = useThisBot();
  useTitle(`Chat with ${bot.name}`);
  if (!bot.spec.channels?.web && !bot.channels?.web)
    return (
      <Empty
        title="This bot has no web chat"
        action={<ButtonLink to={`/bots/${bot.id}/settings`}>Open settings</ButtonLink>}
      >
        Turn the web channel on in Settings, and you can talk to it here.
      </Empty>
    );
  return <ChatView key={bot.id} bot={bot} />;
}
