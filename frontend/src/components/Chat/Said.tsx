import { memo } from "react";
import Markdown, { type Components } from "react-markdown";
import gfm from "remark-gfm";
import { safeLink } from "@/components/ui/safe-link";
import { CodeBlock } from "./CodeBlock";

/*
 * What a bot says is text by a stranger: HTML in it stays text, links go nowhere but to the web, and pictures are
 * links, as loading one would tell a stranger's server that it was read.
 */
const PARTS: Components = {
  a: ({ href, children }) => {
    const link = safeLink(href);
    return link ? (
      <a
        href={link}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="underline decoration-edge underline-offset-4"
      >
        {children}
      </a>
    ) : (
      <span>{children}</span>
    );
  },
  img: ({ src, alt }) => {
    const link = safeLink(typeof src === "string" ? src : null);
    return link ? (
      <a href={link} target="_blank" rel="noopener noreferrer nofollow" className="underline">
        {alt || "picture"}
      </a>
    ) : (
      <span>{alt}</span>
    );
  },
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    <div className="overflow-x-auto">
      <table>{children}</table>
    </div>
  ),
};

export const Said = memo(function Said({ text }: { text: string }) {
  return (
    <div className="said">
      <Markdown remarkPlugins={[gfm]} components={PARTS}>
        {text}
      </Markdown>
    </div>
  );
});
