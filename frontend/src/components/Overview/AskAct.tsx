import type { Bot } from "@/client/types";
import { Confirm } from "@/components/ui/Confirm";
import { useAct } from "@/hooks/use-writes";
import { useNavigate } from "@/router";

export type Asked = "pause" | "resume" | "restart" | "delete";

const QUESTIONS: Record<Asked, { title: string; verb: string; text: string }> = {
  pause: {
    title: "Pause this bot?",
    verb: "Pause",
    text: "It stops answering. What people write meanwhile waits until it is resumed.",
  },
  resume: { title: "Resume this bot?", verb: "Resume", text: "It answers again, what was waiting first." },
  restart: {
    title: "Restart this bot?",
    verb: "Restart",
    text: "It starts afresh at the same commit. Messages on their way are kept.",
  },
  delete: {
    title: "Delete this bot?",
    verb: "Delete",
    text: "It stops for good, and its conversations and secrets go with it. Its file can be had back from Git’s history; the rest cannot.",
  },
};

/** Asks before a bot is paused, resumed, restarted or deleted, and leads to the steps of what it does. */
export function AskAct({ bot, asked, onClose }: { bot: Bot; asked: Asked; onClose: () => void }) {
  const navigate = useNavigate();
  const act = useAct(bot.id);
  const { title, verb, text } = QUESTIONS[asked];
  return (
    <Confirm
      open
      title={title}
      verb={verb}
      danger={asked === "delete"}
      typed={asked === "delete" ? bot.name : undefined}
      busy={act.isPending}
      error={act.error}
      onClose={onClose}
      onConfirm={() =>
        act.mutate({ kind: asked }, { onSuccess: ({ operation }) => navigate(`/operations/${operation.id}`) })
      }
    >
      <p>{text}</p>
    </Confirm>
  );
}
