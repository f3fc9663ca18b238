import { useState } from "react";
import { useNavigate } from "react-router";
import type { Bot } from "@/client/types";
import { Confirm } from "@/components/ui/Confirm";
import { Icon } from "@/components/ui/Icon";
import { Menu, MenuItem } from "@/components/ui/Menu";
import { type Act, useAct } from "@/hooks/use-writes";

type Asked = "pause" | "resume" | "restart" | "delete";

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

/** What can be done to a bot; each is a commit, and each leads to its steps. */
export function BotActions({ bot }: { bot: Bot }) {
  const navigate = useNavigate();
  const act = useAct(bot.id);
  const [asked, setAsked] = useState<Asked | null>(null);
  const paused = bot.spec.paused === true || bot.status.phase === "paused";
  const question = asked && QUESTIONS[asked];

  function run(kind: Act & { kind: Asked }): void {
    act.mutate(kind, { onSuccess: ({ operation }) => void navigate(`/operations/${operation.id}`) });
  }
  function ask(kind: Asked): void {
    act.reset();
    setAsked(kind);
  }

  return (
    <>
      <Menu label="Actions" bordered trigger={<Icon name="more" />}>
        {paused ? (
          <MenuItem icon="play" onClick={() => ask("resume")}>
            Resume
          </MenuItem>
        ) : (
          <MenuItem icon="pause" onClick={() => ask("pause")}>
            Pause
          </MenuItem>
        )}
        <MenuItem icon="restart" disabled={paused} onClick={() => ask("restart")}>
          Restart
        </MenuItem>
        <MenuItem icon="trash" danger onClick={() => ask("delete")}>
          Delete
        </MenuItem>
      </Menu>
      {question && (
        <Confirm
          open
          key={asked}
          title={question.title}
          verb={question.verb}
          danger={asked === "delete"}
          typed={asked === "delete" ? bot.name : undefined}
          busy={act.isPending}
          error={act.error}
          onClose={() => setAsked(null)}
          onConfirm={() => run({ kind: asked })}
        >
          <p>{question.text}</p>
        </Confirm>
      )}
    </>
  );
}
