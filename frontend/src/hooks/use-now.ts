import { useEffect, useState } from "react";

/** The time, moving while `running`. */
export function useNow(running: boolean, every = 100): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [running, every]);
  return now;
}
