/** A JSON object: a map that is neither null nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A JSON value in a message: a text as it is, nothing as the empty text, all else as JSON. A template would
 * call what a client may have put in the place of `toString`.
 */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The own property of a JSON object, so that keys such as `constructor` find nothing. */
export function field(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** What stands at a path such as `.spec.jobName`; `undefined` where there is nothing. */
export function atPath(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split('.')) if (key !== '') found = field(found, key);
  return found;
}

/** A copy of `value` with `leaf` at a path such as `.spec.replicas`; maps on the way are made. */
export function withPath(value: unknown, path: readonly string[], leaf: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return leaf;
  const record = isRecord(value) ? value : {};
  return { ...record, [key]: withPath(field(record, key), rest, leaf) };
}

/** Whether two JSON values are equal. A key whose value is `undefined` counts as absent. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
    );
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  for (const key in a) {
    if (a[key] !== undefined && !isEqual(a[key], field(b, key))) return false;
  }
  for (const key in b) {
    if (b[key] !== undefined && field(a, key) === undefined) return false;
  }
  return true;
}

/** The JSON type of a value, as Kubernetes' messages name it. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value === 'bigint') return 'integer';
  return typeof value;
}
