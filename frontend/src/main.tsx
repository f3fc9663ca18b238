import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { catchSignInCode } from "./client/code";
import { router } from "./router";
import "./styles.css";

// Before anything is drawn or asked: the code of a sign-in link must not stay in the address bar.
catchSignInCode();

const cache = new QueryClient({ defaultOptions: { queries: { staleTime: 2_000, retry: 1 } } });
const root = document.getElementById("root");
if (!root) throw new Error("index.html holds no #root");

createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
