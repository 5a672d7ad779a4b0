import { TitanError } from '../../api/error.ts';

/** The fields of an object that somebody sent. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws BadRequest for what is no object */
export function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new TitanError('BadRequest', `${name} must be an object`);
}

/** A text; absent is empty. @throws BadRequest for what is none */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name] ?? '';
  if (typeof value === 'string') return value;
  throw new TitanError('BadRequest', `${name} must be a string`);
}

/** A list of texts; absent is empty. @throws BadRequest for what is none */
export function textsOf(fields: Fields, name: string): readonly string[] {
  const value: unknown = fields[name] ?? [];
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (isTexts) return value as readonly string[];
  throw new TitanError('BadRequest', `${name} must be a list of strings`);
}

export function required(field: string, why: string): TitanError {
  return invalid(field, 'FieldValueRequired', `Required value: ${why}`);
}

export function invalid(field: string, reason: string, message: string): TitanError {
  return new TitanError('Invalid', `${field}: ${message}`, {
    details: { causes: [{ reason, message, field }] },
  });
}
