import { Link } from "@/router";

export function Brand() {
  return (
    <Link
      to="/"
      className="-ml-1.5 flex items-center gap-2.5 rounded-md px-1.5 py-1 font-semibold tracking-tight no-underline"
    >
      <svg viewBox="0 0 24 24" className="size-6" aria-hidden="true">
        <path
          d="M2 18h20M5 18v-6a7 7 0 0 1 14 0v6"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.2"
          strokeLinecap="round"
        />
        <circle cx="12" cy="12.5" r="2.6" className="fill-go" />
      </svg>
      Botyard
    </Link>
  );
}
