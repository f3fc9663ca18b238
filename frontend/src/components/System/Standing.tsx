const STATES = {
  ok: { word: "Works", tone: "text-go", shape: "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1" },
  failed: { word: "Failed", tone: "text-stop", shape: "M6 .5 11.5 6 6 11.5.5 6z" },
  warning: { word: "Look at it", tone: "text-work", shape: "M6 1.5 11 10.5H1z" },
  unknown: { word: "Unknown", tone: "text-work", shape: "M6 1.5 11 10.5H1z" },
};

/** Whether something works, by word, colour and shape. */
export function Standing({ state }: { state: keyof typeof STATES }) {
  const { word, tone, shape } = STATES[state];
  return (
    <p className={`flex items-center gap-2 self-center font-medium text-sm ${tone}`}>
      <svg viewBox="0 0 12 12" className="size-3" aria-hidden="true">
        <path d={shape} fill="currentColor" />
      </svg>
      {word}
    </p>
  );
}
