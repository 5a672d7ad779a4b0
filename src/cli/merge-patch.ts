type Fields = Readonly<Record<string, unknown>>;

/** The JSON merge patch (RFC 7386) that makes `to` of `from`: what is no more there becomes `null`. */
export function mergePatch(from: Fields, to: Fields): Fields {
  const gone = Object.keys(from).filter((key) => to[key] === undefined);
  const changed = Object.entries(to).flatMap(([key, value]): [string, unknown][] => {
    const before = from[key];
    if (isFields(before) && isFields(value)) {
      const inner = mergePatch(before, value);
      return Object.keys(inner).length === 0 ? [] : [[key, inner]];
    }
    return JSON.stringify(before) === JSON.stringify(value) ? [] : [[key, value]];
  });
  return Object.fromEntries([...gone.map((key): [string, unknown] => [key, null]), ...changed]);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
