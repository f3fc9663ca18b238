/** A key for one intent: a click that is sent twice, by a lost connection say, is still one deploy. */
export function intentKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(
    "",
  );
}
