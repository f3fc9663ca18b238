import { createHashRouter } from "react-router";
import { BrokenPage } from "./components/Shell/BrokenPage";
import { Shell } from "./components/Shell/Shell";
import { BotsPage } from "./routes/BotsPage";
import { NotFoundPage } from "./routes/NotFoundPage";
import { SignInPage } from "./routes/SignInPage";

/** Addresses are in the fragment, as the sign-in link's is; what the list does not need is loaded when it is wanted. */
export const router = createHashRouter([
  { path: "/sign-in", element: <SignInPage />, errorElement: <BrokenPage /> },
  {
    element: <Shell />,
    errorElement: <BrokenPage />,
    HydrateFallback: () => null,
    children: [
      { index: true, element: <BotsPage /> },
      {
        path: "new",
        lazy: async () => ({ Component: (await import("./routes/TemplatesPage")).TemplatesPage }),
      },
      {
        path: "new/:template",
        lazy: async () => ({ Component: (await import("./routes/NewBotPage")).NewBotPage }),
      },
      {
        path: "links/:link",
        lazy: async () => ({ Component: (await import("./routes/LinkPage")).LinkPage }),
      },
      {
        path: "operations/:operation",
        lazy: async () => ({ Component: (await import("./routes/OperationPage")).OperationPage }),
      },
      {
        path: "bots/:bot",
        lazy: async () => ({ Component: (await import("./routes/BotPage")).BotPage }),
        children: [
          {
            index: true,
            lazy: async () => ({ Component: (await import("./routes/OverviewPage")).OverviewPage }),
          },
          { path: "chat", lazy: async () => ({ Component: (await import("./routes/ChatPage")).ChatPage }) },
          {
            path: "conversations/:conversation?",
            lazy: async () => ({
              Component: (await import("./routes/ConversationsPage")).ConversationsPage,
            }),
          },
          {
            path: "access",
            lazy: async () => ({ Component: (await import("./routes/AccessPage")).AccessPage }),
          },
          {
            path: "secrets",
            lazy: async () => ({ Component: (await import("./routes/SecretsPage")).SecretsPage }),
          },
          {
            path: "history",
            lazy: async () => ({ Component: (await import("./routes/HistoryPage")).HistoryPage }),
          },
          { path: "logs", lazy: async () => ({ Component: (await import("./routes/LogsPage")).LogsPage }) },
          {
            path: "settings",
            lazy: async () => ({ Component: (await import("./routes/SettingsPage")).SettingsPage }),
          },
        ],
      },
      {
        path: "operations",
        lazy: async () => ({ Component: (await import("./routes/OperationsPage")).OperationsPage }),
      },
      { path: "audit", lazy: async () => ({ Component: (await import("./routes/AuditPage")).AuditPage }) },
      { path: "tokens", lazy: async () => ({ Component: (await import("./routes/TokensPage")).TokensPage }) },
      { path: "users", lazy: async () => ({ Component: (await import("./routes/UsersPage")).UsersPage }) },
      { path: "system", lazy: async () => ({ Component: (await import("./routes/SystemPage")).SystemPage }) },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);
