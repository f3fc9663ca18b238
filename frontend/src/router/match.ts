/** What the variable parts of an address are, by name. */
export type Params = Partial<Record<string, string>>;

/** A pattern such as `/bots/:bot/:tab?` against a path; `/*` at the end takes what follows. Null where it differs. */
export function match(pattern: string, path: string): Params | null {
  const names: string[] = [];
  const source = pattern.replace(/\/\*$/, "(?:/.*)?").replace(/\/:(\w+)(\??)/g, (_, name, optional) => {
    names.push(name);
    return optional ? "(?:/([^/]+))?" : "/([^/]+)";
  });
  const found = new RegExp(`^${source}/?$`).exec(path);
  if (!found) return null;
  return Object.fromEntries(names.map((name, at) => [name, decoded(found[at + 1])]));
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return part;
  }
}
