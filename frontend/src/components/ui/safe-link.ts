/** A link that may be followed, or null: only the web and mail, whatever somebody managed to write into it. */
const ALLOWED = new Set(["http:", "https:", "mailto:"]);

export function safeLink(link: string | null | undefined): string | null {
  if (!link) return null;
  try {
    return ALLOWED.has(new URL(link).protocol) ? link : null;
  } catch {
    return null;
  }
}
