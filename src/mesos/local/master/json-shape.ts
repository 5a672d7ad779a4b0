/** Whether JSON has the shape of a protobuf message, and why not in Mesos' own words. */

/** `bytes` are base64. */
type Kind = 'string' | 'number' | 'boolean' | 'bytes';
export interface Field {
  readonly is: Kind | Shape;
  readonly many?: boolean;
  readonly required?: boolean;
}
export interface Shape {
  readonly [name: string]: Field;
}

/** The fault that keeps JSON from having the shape; unknown fields are ignored, as Mesos does. */
export function findJsonFault(json: unknown, shape: Shape): string | undefined {
  const into = 'Failed to convert JSON into Call protobuf:';
  if (!isObject(json)) return `${into} Expecting a JSON object`;
  const wrong = findWrongType(json, shape);
  if (wrong !== undefined) return `${into} ${wrong}`;
  const missing = findMissing(json, shape, '');
  return missing.length > 0 ? `${into} Missing required fields: ${missing.join(', ')}` : undefined;
}

/** A field that is null is one that is absent. */
export function withoutNulls(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutNulls);
  if (!isObject(json)) return json;
  const there = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(there.map(([name, value]) => [name, withoutNulls(value)]));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function findWrongType(json: Record<string, unknown>, fields: Shape): string | undefined {
  for (const [name, field] of Object.entries(fields)) {
    const value = json[name];
    if (value === undefined || value === null) continue;
    if (Array.isArray(value) !== (field.many === true)) return notExpected(value, name);
    for (const one of Array.isArray(value) ? value : [value]) {
      const fault = findWrongValue(one, name, field);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function findWrongValue(value: unknown, name: string, { is }: Field): string | undefined {
  if (is === 'bytes') return findBadBase64(value, name);
  if (typeof is === 'string') return typeof value === is ? undefined : notExpected(value, name);
  return isObject(value) ? findWrongType(value, is) : notExpected(value, name);
}

function findBadBase64(value: unknown, name: string): string | undefined {
  if (typeof value !== 'string') return notExpected(value, name);
  const [bad] = /[^A-Za-z0-9+/=\s]/.exec(value) ?? [];
  return bad === undefined
    ? undefined
    : `Failed to base64 decode bytes field '${name}': Invalid character '${bad}'`;
}

function notExpected(value: unknown, name: string): string {
  const kind = Array.isArray(value) ? 'array' : typeof value;
  return `Not expecting a JSON ${kind} for field '${name}'`;
}

function findMissing(json: Record<string, unknown>, fields: Shape, path: string): string[] {
  return Object.entries(fields).flatMap(([name, { is, many, required }]) => {
    const value = json[name];
    if (value === undefined || value === null) return required ? [`${path}${name}`] : [];
    if (typeof is === 'string') return [];
    const ones = Array.isArray(value) ? value : [value];
    return ones.flatMap((one, index) =>
      findMissing(one, is, `${path}${name}${many ? `[${index}]` : ''}.`),
    );
  });
}
