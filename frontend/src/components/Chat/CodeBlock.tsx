import { isValidElement, type ReactElement, type ReactNode } from "react";
import { CopyButton } from "@/components/ui/CopyButton";

interface CodeProps {
  className?: string;
  children?: ReactNode;
}

/** A block of code with its language and a way to take it along. */
export function CodeBlock({ children }: { children: ReactNode }) {
  const code = isValidElement(children) ? (children as ReactElement<CodeProps>).props : null;
  const text = typeof code?.children === "string" ? code.children : "";
  const language = /language-([\w+#-]+)/.exec(code?.className ?? "")?.[1];
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-paper">
      <div className="flex h-9 items-center justify-between border-line border-b pr-1 pl-4 text-faint text-xs">
        <span className="font-mono">{language ?? "text"}</span>
        <CopyButton text={text.replace(/\n$/, "")} label="Copy the code" />
      </div>
      <pre tabIndex={0} className="overflow-x-auto px-4 py-3 font-mono text-sm">
        <code>{text}</code>
      </pre>
    </div>
  );
}
