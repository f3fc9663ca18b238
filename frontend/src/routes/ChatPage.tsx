import { ChatView } from "@/components/Chat/ChatView";
import { useTitle } from "@/hooks/use-title";
import { useThisBot } from "./BotPage";

export function ChatPage() {
  const bot = useThisBot();
  useTitle(`Chat with ${bot.name}`);
  return <ChatView key={bot.id} bot={bot} />;
}
