/** The sign-in code of the link `/#/sign-in?code=…`, out of the address bar and the history at once. */
let code: string | null = null;

/** Takes a code out of the address, if there is one; whether one has been caught and not been used. */
export function catchSignInCode(): boolean {
  const [path, query] = location.hash.slice(1).split("?");
  if (path === "/sign-in" && query) {
    code = new URLSearchParams(query).get("code");
    history.replaceState(history.state, "", `${location.pathname}#/sign-in`);
  }
  return code !== null;
}

/** The code, once: it is good for a single sign-in, so that no second attempt makes sense. */
export function takeSignInCode(): string | null {
  const caught = code;
  code = null;
  return caught;
}
