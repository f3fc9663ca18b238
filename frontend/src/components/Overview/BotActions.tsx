import { useState } from "react";
import type { Bot } from "@/client/types";
import { Icon } from "@/components/ui/Icon";
import { Menu, MenuItem } from "@/components/ui/Menu";
import { AskAct, type Asked } from "./AskAct";

/** What can be done to a bot; each is a commit, and each leads to its steps. */
export function BotActions({ bot }: { bot: Bot }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const paused = bot.spec.paused === true || bot.status.phase === "paused";
  return (
    <>
      <Menu label="Actions" bordered trigger={<Icon name="more" />}>
        {paused ? (
          <MenuItem icon="play" onClick={() => setAsked("resume")}>
            Resume
          </MenuItem>
        ) : (
          <MenuItem icon="pause" onClick={() => setAsked("pause")}>
            Pause
          </MenuItem>
        )}
        <MenuItem icon="restart" disabled={paused} onClick={() => setAsked("restart")}>
          Restart
        </MenuItem>
        <MenuItem icon="trash" danger onClick={() => setAsked("delete")}>
          Delete
        </MenuItem>
      </Menu>
      {asked && <AskAct key={asked} bot={bot} asked={asked} onClose={() => setAsked(null)} />}
    </>
  );
}
