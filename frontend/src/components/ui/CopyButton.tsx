import { useState } from "react";
import { Icon } from "./Icon";

interface Props {
  text: string;
  label: string;
  className?: string;
}

export function CopyButton({ text, label, className = "" }: Props) {
  const [copied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1600);
  }
  return (
    <button
      type="button"
      onClick={() => void copy()}
      aria-label={copied ? "Copied" : label}
      title={label}
      className={`inline-grid size-8 shrink-0 place-items-center rounded-md text-faint transition hover:bg-sunk hover:text-ink ${className}`}
    >
      <Icon name={copied ? "check" : "copy"} className={`size-4 ${copied ? "text-go" : ""}`} />
      <span role="status" className="sr-only">
        {copied ? "Copied" : ""}
      </span>
    </button>
  );
}
