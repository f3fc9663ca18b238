import { useEffect, useState } from "react";

/** A value once it has not changed for a while, in milliseconds: what was pasted, and not each letter of it. */
export function useSettled<T>(value: T, after = 400): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}
