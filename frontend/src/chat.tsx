import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { PublicChat } from "./components/Public/PublicChat";
import "./styles.css";

const root = document.getElementById("root");
if (!root) throw new Error("chat.html holds no #root");

createRoot(root).render(
  <StrictMode>
    <PublicChat />
  </StrictMode>,
);
