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

const WHOLE: Record<string, string> = {
  "sign-in": "Signed in",
  "sign-out": "Signed out",
  "bot.bulk": "Changed many bots",
  "sign-in-link.create": "Made a sign-in link",
  "owner.quota": "Set a quota",
  "user.password": "Set a password",
  "team.member.set": "Set a member’s role",
  "team.member.remove": "Took a member out",
};

export function deed(action: string): string {
  const whole = WHOLE[action];
  if (whole) return whole;
  const [noun, verb = ""] = action.split(".");
  const said = VERBS[verb];
  if (!said || !noun) return action.replaceAll(/[._]/g, " ");
  return noun === "bot" ? said : `${said} ${noun.replaceAll(/[_-]/g, " ")}`;
}
