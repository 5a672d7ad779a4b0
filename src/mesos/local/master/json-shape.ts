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
  if (isWhole(json, shape)) return undefined;
  return `${into} Missing required fields: ${findMissing(json, shape, '').join(', ')}`;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function findWrongType(json: Record<string, unknown>, fields: Shape): string | undefined {
  for (const name in fields) {
    const field = fields[name];
    const value = json[name];
    if (!field || value === undefined || value === null) continue;
    const fault = findWrongField(value, name, field);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function findWrongField(value: unknown, name: string, field: Field): string | undefined {
  if (Array.isArray(value) !== (field.many === true)) return notExpected(value, name);
  if (!Array.isArray(value)) return findWrongValue(value, name, field);
  for (const one of value) {
    const fault = findWrongValue(one, name, field);
    if (fault !== undefined) return fault;
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

/** Whether nothing is missing: asked of every call, so that it makes no garbage. */
function isWhole(json: Record<string, unknown>, fields: Shape): boolean {
  for (const name in fields) {
    const field = fields[name];
    const value = json[name];
    if (!field) continue;
    if (value === undefined || value === null) {
      if (field.required) return false;
    } else if (typeof field.is === 'object' && !areWhole(value, field.is)) return false;
  }
  return true;
}

function areWhole(value: unknown, shape: Shape): boolean {
  if (Array.isArray(value)) return value.every((one) => isWhole(one, shape));
  return isObject(value) && isWhole(value, shape);
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
