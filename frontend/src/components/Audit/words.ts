/** `bot.delete` as a person would say it; what is not known here is shown as it is. */
const VERBS: Record<string, string> = {
  create: "Made",
  deploy: "Deployed",
  change: "Changed",
  delete: "Deleted",
  pause: "Paused",
  resume: "Resumed",
  restart: "Restarted",
  rollback: "Rolled back",
  revoke: "Revoked",
};

export function deed(action: string): string {
  const [noun, verb = ""] = action.split(".");
  const said = VERBS[verb];
  if (!said || !noun) return action.replaceAll(/[._]/g, " ");
  return noun === "bot" ? said : `${said} ${noun.replaceAll("_", " ")}`;
}
