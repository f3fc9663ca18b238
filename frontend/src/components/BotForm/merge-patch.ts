/** The JSON merge patch (RFC 7396) that makes `from` into `to`. */
type Json = Record<string, unknown>;

export function mergePatch(from: Json, to: Json): Json {
  const patch: Json = {};
  for (const key of Object.keys(from)) if (to[key] === undefined && from[key] !== null) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const old = from[key];
    if (value === undefined || same(old, value)) continue;
    if (isObject(value) && isObject(old)) patch[key] = mergePatch(old, value);
    else patch[key] = value;
  }
  return patch;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Equal as JSON; the order of keys says nothing. */
export function same(a: unknown, b: unknown): boolean {
  if (isObject(a) && isObject(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].every((name) => same(a[name], b[name]));
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => same(item, b[i]));
  return a === b;
}
