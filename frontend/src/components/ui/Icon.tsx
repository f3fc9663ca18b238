/** Our own small set of line icons, drawn on a grid of 20. */
const PATHS = {
  plus: "M10 4v12M4 10h12",
  chat: "M4 5h12v8.5H9L5.5 16.5v-3H4z",
  overview: "M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z",
  history: "M4 10a6 6 0 1 0 2-4.5M4 3.5v3.2h3.2M10 6.8V10l2.3 1.6",
  logs: "M4 5h12M4 8.5h8M4 12h10M4 15.5h6",
  settings: "M4 6h7M15 6h1M4 14h1M9 14h7M11 4.2v3.6h3V4.2zM5.5 12.2v3.6h3v-3.6z",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  copy: "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
  check: "M4.5 10.5 8.3 14l7.2-8",
  cross: "m5.5 5.5 9 9m0-9-9 9",
  back: "M12 4.5 6.5 10l5.5 5.5",
  right: "M8 4.5 13.5 10 8 15.5",
  down: "M4.5 8 10 13.5 15.5 8",
  out: "M11.5 4h4.5v4.5M16 4l-7 7M8 5H4v11h11v-4",
  sun: "M10 6.7a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6M10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M4.3 15.7l1.2-1.2M14.5 5.5l1.2-1.2",
  moon: "M15.8 12A6.3 6.3 0 0 1 8 4.2 6.3 6.3 0 1 0 15.8 12",
  person: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4.5 16.5c.7-2.7 2.8-4 5.5-4s4.8 1.3 5.5 4",
  send: "M10 16V4.5M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  web: "M3.5 10a6.5 6.5 0 1 0 13 0 6.5 6.5 0 1 0-13 0M3.8 10h12.4M10 3.5c4.3 4 4.3 9 0 13M10 3.5c-4.3 4-4.3 9 0 13",
  telegram: "m3.5 9.5 13-5-2.2 11.5-4.3-3.2-2.2 2.4-.6-4.2 5.8-4.5-7.5 4z",
  lock: "M5.5 9h9v7h-9zM7.2 9V7a2.8 2.8 0 0 1 5.6 0v2",
  warn: "M10 3.8 17 16H3zM10 8.5v3.5M10 14.1h.01",
  commit: "M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6M2.5 10H7M13 10h4.5",
  pause: "M7 5v10M13 5v10",
  play: "M7 4.5v11l8.5-5.5z",
  restart: "M15.5 10A5.5 5.5 0 1 1 13.7 6M15.5 3.5v3.3h-3.3",
  trash: "M4.5 6h11M8 6V4h4v2M6 6l.7 10h6.6L14 6",
  download: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  people:
    "M7.5 9.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2M2.5 15.5c.5-2.4 2.5-3.7 5-3.7s4.5 1.3 5 3.7M13 4.6a2.4 2.4 0 0 1 0 4.6M14.3 12c1.7.4 2.8 1.6 3.2 3.5",
  talks: "M3 4h10v7H7.5L5 13.3V11H3zM15 7.5h2v7h-2v2.2l-2.5-2.2H8.5",
  key: "M7 9.5a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4M9.3 10.4 16 3.7M13 6.7l2.3 2.3",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M13 13l3.8 3.8",
  pulse: "M2.5 10.5h3.2l2-5.5 3.6 10 2.4-4.5h3.8",
  undo: "M7.5 4 4 7.5 7.5 11M4 7.5h8a4 4 0 0 1 0 8H8",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      className={`shrink-0 ${className.includes("size-") ? "" : "size-5"} ${className}`}
      aria-hidden="true"
    >
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={name === "more" ? 2.4 : 1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
