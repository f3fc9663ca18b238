import { useMemo } from "react";
import { encode } from "uqr";

/** A QR code as one SVG path: dark on white in either theme, as cameras expect. */
export function Qr({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const code = encode(text, { border: 3 });
    const cells = code.data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : "")));
    return { path: cells.join(""), size: code.size };
  }, [text]);
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
      className="size-40 rounded-md"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#101413" />
    </svg>
  );
}
