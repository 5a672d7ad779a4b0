import { type Cause, type ErrorDetails, TitanError } from '../api/error.ts';
import { type Kind, resourceName } from '../api/kind.ts';

type Named = Pick<Kind, 'group' | 'plural'>;

export function notFound(kind: Named, name: string): TitanError {
  const message = `${resourceName(kind)} "${name}" not found`;
  return new TitanError('NotFound', message, { details: detailsOf(kind, name) });
}

export function alreadyExists(kind: Named, name: string): TitanError {
  const message = `${resourceName(kind)} "${name}" already exists`;
  return new TitanError('AlreadyExists', message, { details: detailsOf(kind, name) });
}

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(kind: Named, name: string, why = MODIFIED): TitanError {
  const message = `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": ${why}`;
  return new TitanError('Conflict', message, { details: detailsOf(kind, name) });
}

export function forbidden(
  kind: Named,
  name: string,
  why: string,
  causes?: readonly Cause[],
): TitanError {
  const message = `${resourceName(kind)} "${name}" is forbidden: ${why}`;
  const details = { ...detailsOf(kind, name), ...(causes ? { causes } : {}) };
  return new TitanError('Forbidden', message, { details });
}

/** @param verb as Kubernetes names it: create, update, patch, delete */
export function notAllowed(kind: Named, verb: string): TitanError {
  const message = `${verb} is not supported on resources of kind "${resourceName(kind)}"`;
  return new TitanError('MethodNotAllowed', message, {
    details: detailsOf(kind),
  });
}

/** 422 with one cause a field; a single one is told without brackets. */
export function invalid(
  kind: Pick<Kind, 'group' | 'kind'>,
  name: string,
  causes: readonly Cause[],
): TitanError {
  const lines = [...new Set(causes.map(causeText))];
  const all = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const who = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const group = kind.group === '' ? {} : { group: kind.group };
  return new TitanError('Invalid', `${who} "${name}" is invalid: ${all}`, {
    details: { ...(name === '' ? {} : { name }), ...group, kind: kind.kind, causes },
  });
}

/** 422 for a query, such as `ListOptions.meta.k8s.io "" is invalid: …`. */
export function invalidOptions(kind: string, causes: readonly Cause[]): TitanError {
  return invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

export function badRequest(message: string): TitanError {
  return new TitanError('BadRequest', message);
}

/** 410 for a list whose exact moment is gone. */
export function listTooOld(): TitanError {
  return new TitanError('Expired', 'The resourceVersion for the provided list is too old.');
}

/** 410 for a watch that asks for more history than is kept. */
export function watchTooOld(asked: number, oldest: number): TitanError {
  return new TitanError('Expired', `too old resource version: ${asked} (${oldest})`);
}

export function tooLargeVersion(asked: number, current: number): TitanError {
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return new TitanError('Timeout', message, { details: { causes, retryAfterSeconds: 1 } });
}

export function tooLarge(bytes: number, limit: number): TitanError {
  const message = `Request entity too large: limit is ${limit}, the object has ${bytes} bytes`;
  return new TitanError('RequestEntityTooLarge', message);
}

function causeText({ field, message }: Cause): string {
  return field === undefined ? message : `${field}: ${message}`;
}

function detailsOf({ group, plural }: Named, name?: string): ErrorDetails {
  return {
    ...(name === undefined ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: plural,
  };
}

export function unreadable(key: string, why: string): TitanError {
  return new TitanError(
    'InternalError',
    `the record at ${key} in the store cannot be read and is left alone (${why}): mend or remove it there`,
  );
}
