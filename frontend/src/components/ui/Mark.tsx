/** A bot's face: a mirrored pattern drawn from its id, so that bots are told apart at a glance and for ever. */
const SIDE = 5;

export function pattern(id: string): boolean[] {
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const half = Array.from({ length: SIDE * 3 }, (_, i) => {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
    return ((hash >>> (i % 7)) & 3) > 1;
  });
  // Two eyes in every face, whatever the rest came out as.
  half[SIDE + 1] = true;
  half[SIDE + 2] = false;
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const column = i % SIDE;
    return half[Math.floor(i / SIDE) + SIDE * Math.min(column, SIDE - 1 - column) - 0] ?? false;
  });
}

/** The pattern as one path: a list has hundreds of faces. */
function drawn(id: string): string {
  return pattern(id)
    .map((on, i) => (on ? `M${i % SIDE} ${Math.floor(i / SIDE)}h1.04v1.04h-1.04z` : ""))
    .join("");
}

export function Mark({ id, className = "size-10" }: { id: string; className?: string }) {
  return (
    <svg
      viewBox="-2.5 -2.5 10 10"
      className={`shrink-0 rounded-lg bg-sunk text-ink ${className}`}
      aria-hidden="true"
    >
      <path d={drawn(id)} fill="currentColor" />
    </svg>
  );
}
