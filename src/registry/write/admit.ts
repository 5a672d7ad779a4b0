import type { Cause } from '../../api/error.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject, DraftMeta } from '../../api/object.ts';
import type { Served } from '../catalog.ts';
import { badRequest } from '../errors.ts';
import { asText, isRecord } from '../json.ts';
import type { Body, WriteOptions } from '../port.ts';
import { OBJECT_META } from '../schema/object-meta.ts';
import { tidy } from '../schema/tidy.ts';
import { compileSchema } from '../schema/validate.ts';
import { behaviourOf } from './behaviour/behaviour.ts';

/** An object as a client sent it: of the right kind, with the defaults, not yet validated. */
export type Admitted = Omit<ApiObject, 'metadata'> & { readonly metadata: DraftMeta };

/**
 * Reads a body as an object of one kind: drops or refuses what the kind doesn't know, as
 * `fieldValidation` says, and fills in the defaults, unless told not to.
 *
 * @throws TitanError BadRequest
 */
export type Admit = (served: Served, body: Body, options: AdmitOptions) => Admitted;

export interface AdmitOptions extends WriteOptions {
  readonly defaults?: boolean;
  /** The object as it is stored: what the body shares with it, as those of controllers do, is good. */
  readonly like?: ApiObject | undefined;
}

export function createAdmission(): Admit {
  return (served, body, options) => {
    if (!isRecord(body.value))
      throw badRequest(`${opening(served.definition.kind)}: the body is no object`);
    const value = withType(served, body.value);
    checkType(served, value);
    const unknown: string[] = [];
    const tidied = tidy(served.definition.schema, value, {
      unknown,
      defaults: options.defaults ?? true,
      like: options.like,
    });
    report(served.definition.kind, [body.duplicates, unknown], options);
    const { apiVersion, kind, metadata = {}, ...rest } = tidied as Admitted;
    const [cause] = metadata === options.like?.metadata ? [] : checkMeta(metadata);
    if (cause !== undefined)
      throw badRequest(`${opening(served.definition.kind)}: ${metaProblem(cause)}`);
    const behaviour = behaviourOf(served.definition);
    const object = { apiVersion, kind, metadata, ...rest };
    const read = behaviour.read?.(object, options.defaults ?? true) ?? object;
    if (typeof read === 'string') throw badRequest(`${opening(served.definition.kind)}: ${read}`);
    return read;
  };
}

const checkMeta = compileSchema(OBJECT_META);

type Value = Readonly<Record<string, unknown>>;

/** Typed clients leave out what a built-in kind is: the path says it. */
function withType({ definition, apiVersion }: Served, value: Value): Value {
  if (!definition.builtIn) return value;
  return {
    ...value,
    apiVersion: value.apiVersion || apiVersion,
    kind: value.kind || definition.kind.kind,
  };
}

function checkType(served: Served, value: Value): void {
  const { kind } = served.definition.kind;
  if (value.kind !== kind) {
    throw badRequest(
      `the kind in the data (${asText(value.kind ?? '')}) does not match the expected kind (${kind})`,
    );
  }
  if (value.apiVersion !== served.apiVersion) {
    throw badRequest(
      `the API version in the data (${asText(value.apiVersion ?? '')}) does not match the expected API version (${served.apiVersion})`,
    );
  }
}

/** Duplicate and unknown fields: refused, told, or passed over. @throws TitanError BadRequest */
export function report(
  kind: Pick<Kind, 'kind' | 'version'>,
  [duplicates, unknown]: readonly [duplicates: readonly string[], unknown: readonly string[]],
  { fieldValidation = 'Strict', warn }: WriteOptions,
): void {
  if (fieldValidation === 'Ignore' || duplicates.length + unknown.length === 0) return;
  const problems = [
    ...duplicates.map((path) => `duplicate field "${path}"`),
    ...unknown.map((path) => `unknown field "${path}"`),
  ];
  if (fieldValidation === 'Strict') {
    throw badRequest(`${opening(kind)}: strict decoding error: ${problems.join(', ')}`);
  }
  for (const problem of problems) warn?.(problem);
}

function opening(kind: Pick<Kind, 'kind' | 'version'>): string {
  return `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
}

function metaProblem({ field, message }: Cause): string {
  return `metadata.${field}: ${message.replace(/^Invalid value: .*? in body /, '')}`;
}
