/** The signed-in session's CSRF token. It lives in memory only: the cookie itself is out of reach of scripts. */
let csrf: string | null = null;

export function rememberCsrf(token: string | null): void {
  csrf = token;
}

export function csrfHeaders(): Record<string, string> {
  return csrf ? { "X-CSRF-Token": csrf } : {};
}
