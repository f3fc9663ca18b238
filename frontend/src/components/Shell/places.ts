import type { IconName } from "@/components/ui/Icon";

export interface Place {
  to: string;
  name: string;
  icon: IconName;
  /** In the header of a desk and the bar of a phone; the others are in the account's menu. */
  main: boolean;
  /** What people call it as well, for who searches. */
  words: string;
}

/** Where one can go, said once for the header, the phone's bar, the account's menu and the palette. */
export const PLACES: Place[] = [
  { to: "/", name: "Bots", icon: "overview", main: true, words: "list home" },
  { to: "/operations", name: "Operations", icon: "commit", main: true, words: "deploys changes steps" },
  { to: "/audit", name: "Audit", icon: "logs", main: true, words: "log who did what" },
  { to: "/system", name: "System", icon: "pulse", main: true, words: "health doctor parts version" },
  { to: "/new", name: "Templates", icon: "plus", main: false, words: "new bot gallery" },
  { to: "/usage", name: "Usage", icon: "pulse", main: false, words: "cost tokens dollars spend" },
  { to: "/tokens", name: "API tokens", icon: "key", main: false, words: "api token cli" },
  {
    to: "/users",
    name: "People",
    icon: "people",
    main: false,
    words: "users accounts sign-in link password quota",
  },
  { to: "/teams", name: "Teams", icon: "talks", main: false, words: "groups members roles quota" },
];
