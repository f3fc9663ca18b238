/** A unified diff, line by line; plus and minus are in the text, so that colour only helps. */
const TONE: Record<string, string> = {
  "+": "bg-go-wash text-go",
  "-": "bg-stop-wash text-stop",
  "@": "text-faint",
};

export function Unified({
  text,
  label,
  className = "",
}: {
  text: string;
  label: string;
  className?: string;
}) {
  const lines = text.split("\n").filter((line) => !/^(diff |index |--- |\+\+\+ |\\ No newline)/.test(line));
  if (lines.at(-1) === "") lines.pop();
  return (
    <section
      aria-label={label}
      tabIndex={0}
      className={`overflow-auto rounded-md border border-line bg-paper py-2 font-mono text-sm ${className}`}
    >
      <div>
        {lines.map((line, i) => (
          <div
            key={i}
            className={`whitespace-pre-wrap break-words px-4 ${TONE[line[0] ?? ""] ?? "text-soft"}`}
          >
            {line || " "}
          </div>
        ))}
      </div>
    </section>
  );
}
