/** A sentence of the API's: what stands in backticks is a command or a name, and looks like one. */
export function Prose({ text }: { text: string | null | undefined }) {
  if (!text) return null;
  return text.split("`").map((part, i) =>
    i % 2 === 1 ? (
      <code key={i} className="rounded-sm bg-ink/8 px-1 py-px font-mono text-[0.92em]">
        {part}
      </code>
    ) : (
      part
    ),
  );
}
