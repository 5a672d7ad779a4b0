import { TitanError } from '../api/error.ts';
import type { FieldValidation } from '../registry/port.ts';
import { invalidOptions, unsupportedValue } from './errors.ts';
import type { Request } from './exchange.ts';

/** A switch of the query. As in Kubernetes it is on whatever it says, unless that is `0` or `false`. */
export function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  return text !== null && text !== '0' && text.toLowerCase() !== 'false';
}

/** A whole number of the query; absent and empty are the same. @throws BadRequest */
export function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const isWhole = /^[-+]?\d+$/.test(text);
  const value = Number(text);
  if (isWhole && Number.isSafeInteger(value)) return value;
  const problem = isWhole ? 'value out of range' : 'invalid syntax';
  throw new TitanError('BadRequest', `strconv.ParseInt: parsing ${quote(text)}: ${problem}`);
}

/** A text of the query; absent and empty are the same. */
export function text(query: URLSearchParams, name: string): string | undefined {
  return query.size === 0 ? undefined : query.get(name) || undefined;
}

/** Picks the named texts that are there, for options objects whose parts may be absent. */
export function texts<Name extends string>(
  query: URLSearchParams,
  names: readonly Name[],
): { readonly [name in Name]?: string } {
  const found: { [name in Name]?: string } = {};
  for (const name of names) {
    const value = text(query, name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Whether nothing may be stored. `kind` names the options in the error: `CreateOptions`. */
export function dryRun(values: readonly string[], kind: string): boolean {
  const given = values.filter((value) => value !== '');
  const wrong = given.filter((value) => value !== 'All');
  if (wrong.length > 0) {
    const cause = unsupportedValue('dryRun', JSON.stringify(given), ['"All"']);
    throw invalidOptions(kind, cause);
  }
  return given.length > 0;
}

/** How strict to be with unknown fields; raw clients get warnings, as Kubernetes does it. */
export function fieldValidation(query: URLSearchParams, kind: string): FieldValidation {
  const value = text(query, 'fieldValidation') ?? 'Warn';
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value;
  const supported = ['""', '"Ignore"', '"Strict"', '"Warn"'];
  throw invalidOptions(kind, unsupportedValue('fieldValidation', quote(value), supported));
}

const MANAGER_MAX_CHARS = 128;

/** Who writes: the query says it, else the program's name from the `User-Agent`. */
export function manager(request: Request, kind: string): string {
  const named = text(request.query, 'fieldManager');
  if (named === undefined) {
    const agent = (request.header('user-agent') ?? '').split('/', 1)[0] ?? '';
    const plain = agent.replaceAll(/[^\x20-\x7e]/g, '').slice(0, MANAGER_MAX_CHARS);
    return plain === '' ? 'unknown' : plain;
  }
  if (named.length > MANAGER_MAX_CHARS) {
    throw invalidOptions(kind, {
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MANAGER_MAX_CHARS} bytes`,
      field: 'fieldManager',
    });
  }
  if (/\p{C}/u.test(named)) {
    throw invalidOptions(kind, {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${quote(named)}: should only contain printable characters`,
      field: 'fieldManager',
    });
  }
  return named;
}

export function quote(value: string): string {
  return JSON.stringify(value);
}
