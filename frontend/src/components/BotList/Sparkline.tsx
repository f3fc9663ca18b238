const TALL = 20;
const STEP = 6;
/** So many turns fill a bar at least: a single one is no peak. */
const FULL = 5;

/** All bars as one path: a list has hundreds of them. */
function bars(turns: number[]): string {
  const most = Math.max(...turns, FULL);
  return turns
    .map((each, day) => {
      const height = each ? Math.max(3, (each / most) * TALL) : 1;
      return `M${day * STEP + 1} ${TALL - height}h${STEP - 2}v${height}h${2 - STEP}z`;
    })
    .join("");
}

/** Turns of the last fourteen days as bars; a day without any is a dot on the ground. */
export function Sparkline({ turns, className = "" }: { turns: number[]; className?: string }) {
  const all = turns.reduce((sum, each) => sum + each, 0);
  return (
    <svg
      viewBox={`0 0 ${turns.length * STEP} ${TALL}`}
      className={`h-5 w-21 ${all ? "text-soft" : "text-edge/50"} ${className}`}
      role="img"
      aria-label={all === 1 ? "1 turn in 14 days" : `${all} turns in 14 days`}
    >
      <path d={bars(turns)} fill="currentColor" />
    </svg>
  );
}
