/** The sign-in code of the link `/#/sign-in?code=…`, out of the address bar and the history at once. */
let code: string | null = null;

export function catchSignInCode(): void {
  const [path, query] = location.hash.slice(1).split("?");
  if (path !== "/sign-in" || !query) return;
  code = new URLSearchParams(query).get("code");
  history.replaceState(null, "", `${location.pathname}#/sign-in`);
}

export function hasSignInCode(): boolean {
  return code !== null;
}

/** The code, once: it is good for a single sign-in, so that no second attempt makes sense. */
export function takeSignInCode(): string | null {
  const caught = code;
  code = null;
  return caught;
}
