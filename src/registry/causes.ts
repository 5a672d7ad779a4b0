import type { Cause } from '../api/error.ts';

/** Causes of a 422 in Kubernetes' words. `field` is a path such as `spec.env[0].name`. */
export function required(field: string, detail?: string): Cause {
  return { reason: 'FieldValueRequired', message: join('Required value', detail), field };
}

export function invalidValue(field: string, value: unknown, detail: string): Cause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${show(value)}: ${detail}`,
    field,
  };
}

export function typeInvalid(field: string, value: unknown, detail: string): Cause {
  const message = `Invalid value: ${show(value)}: ${detail}`;
  return { reason: 'FieldValueTypeInvalid', message, field };
}

export function notSupported(field: string, value: unknown, allowed: readonly unknown[]): Cause {
  const list = allowed.map(show).join(', ');
  const message = `Unsupported value: ${show(value)}: supported values: ${list}`;
  return { reason: 'FieldValueNotSupported', message, field };
}

export function duplicate(field: string, value: unknown): Cause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${show(value)}`, field };
}

export function forbiddenField(field: string, detail: string): Cause {
  return { reason: 'FieldValueForbidden', message: join('Forbidden', detail), field };
}

export function tooLong(field: string, maxBytes: number): Cause {
  const message = `Too long: may not be more than ${maxBytes} bytes`;
  return { reason: 'FieldValueTooLong', message, field };
}

export function tooMany(field: string, actual: number, max: number): Cause {
  const message = `Too many: ${actual}: must have at most ${max} items`;
  return { reason: 'FieldValueTooMany', message, field };
}

/** A value as Go's field errors print it: strings quoted, the rest as JSON. */
function show(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function join(title: string, detail: string | undefined): string {
  return detail ? `${title}: ${detail}` : title;
}
