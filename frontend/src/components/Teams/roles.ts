import type { Member } from "@/client/types";

export type RoleName = Member["role"];

/** What each role may do with a team's bots. */
export const ROLES: Record<RoleName, string> = {
  viewer: "looks at its bots",
  editor: "changes its bots too",
  owner: "takes people in and out too",
};
