/** Holds the place of what is coming, in its size, so that nothing jumps. */
export function Skeleton({ className }: { className: string }) {
  return <div className={`animate-breathe rounded-md bg-sunk ${className}`} />;
}

export function Loading({ what, children }: { what: string; children: React.ReactNode }) {
  return (
    <div aria-busy="true">
      <p role="status" className="sr-only">
        Loading {what}
      </p>
      {children}
    </div>
  );
}
