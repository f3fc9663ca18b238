import { BrokenPage } from "./components/Shell/BrokenPage";
import { Shell } from "./components/Shell/Shell";
import { later, type Route, Router, Routes } from "./router";
import { BotsPage } from "./routes/BotsPage";
import { NotFoundPage } from "./routes/NotFoundPage";
import { SignInPage } from "./routes/SignInPage";

/** What the list does not need is loaded when it is wanted. */
const FRAMED: Route[] = [
  { pattern: "/", page: BotsPage },
  { pattern: "/new", page: later(() => import("./routes/TemplatesPage"), "TemplatesPage") },
  { pattern: "/new/:template", page: later(() => import("./routes/NewBotPage"), "NewBotPage") },
  { pattern: "/links/:link", page: later(() => import("./routes/LinkPage"), "LinkPage") },
  {
    pattern: "/operations/:operation",
    page: later(() => import("./routes/OperationPage"), "OperationPage"),
  },
  { pattern: "/bots/:bot/*", page: later(() => import("./routes/BotPage"), "BotPage") },
  { pattern: "/operations", page: later(() => import("./routes/OperationsPage"), "OperationsPage") },
  { pattern: "/audit", page: later(() => import("./routes/AuditPage"), "AuditPage") },
  { pattern: "/tokens", page: later(() => import("./routes/TokensPage"), "TokensPage") },
  { pattern: "/usage", page: later(() => import("./routes/UsagePage"), "UsagePage") },
  { pattern: "/teams", page: later(() => import("./routes/TeamsPage"), "TeamsPage") },
  { pattern: "/teams/:team", page: later(() => import("./routes/TeamPage"), "TeamPage") },
  { pattern: "/users/:user", page: later(() => import("./routes/UserPage"), "UserPage") },
  { pattern: "/users", page: later(() => import("./routes/UsersPage"), "UsersPage") },
  { pattern: "/welcome", page: later(() => import("./routes/WelcomePage"), "WelcomePage") },
  { pattern: "/system", page: later(() => import("./routes/SystemPage"), "SystemPage") },
  { pattern: "/*", page: NotFoundPage },
];
const ALL: Route[] = [
  { pattern: "/sign-in", page: SignInPage },
  { pattern: "/*", page: Framed },
];

/** Addresses are in the fragment, as the sign-in link's is. */
export function Pages() {
  return (
    <Router>
      <BrokenPage>
        <Routes routes={ALL} />
      </BrokenPage>
    </Router>
  );
}

function Framed() {
  return (
    <Shell>
      <Routes routes={FRAMED} />
    </Shell>
  );
}
