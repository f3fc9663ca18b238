import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { catchSignInCode } from "./client/code";
import { ApiError } from "./client/problem";
import { firstAnswers } from "./hooks/first-answers";
import { keys } from "./hooks/keys";
import { keepShell } from "./offline/register";
import { Pages } from "./pages";
import "./styles.css";

// Before anything is drawn or asked: the code of a sign-in link must not stay in the address bar.
catchSignInCode();
keepShell();

const cache: QueryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 2_000, retry: (count, error) => !(error instanceof ApiError) && count < 1 },
  },
  queryCache: new QueryCache({
    // A session that has ended shows how to sign in again, wherever it was noticed.
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) cache.setQueryData(keys.me, null);
    },
  }),
});
const root = document.getElementById("root");
if (!root) throw new Error("index.html holds no #root");
const page = createRoot(root);

void firstAnswers(cache).then(() =>
  page.render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={cache}>
          <Pages />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  ),
);
