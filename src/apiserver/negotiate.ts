import { TitanError } from '../api/error.ts';

/** The shape in which an object or a list is wanted. */
export type Form =
  | { readonly as: 'Object' }
  | { readonly as: 'Table'; readonly version: 'v1' | 'v1beta1' }
  | {
      readonly as: 'PartialObjectMetadata' | 'PartialObjectMetadataList';
      readonly version: string;
    };

/** One clause of an `Accept` header. */
export interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const JSON_RANGES = new Set(['application/json', 'application/*', '*/*']);
const CLAUSES_MAX = 50;

/** The clauses of an `Accept` header, the most wanted first; a header that is absent accepts all. */
export function parseAccept(header: string | undefined): MediaRange[] {
  const clauses = (header ?? '').split(',').slice(0, CLAUSES_MAX).map(parseClause);
  const given = clauses.filter(({ type }) => type !== '');
  if (given.length === 0) return [{ type: '*/*', parameters: {} }];
  return given.filter((range) => quality(range) > 0).toSorted((a, b) => quality(b) - quality(a));
}

function parseClause(clause: string): MediaRange {
  const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
  const pairs = rest.map((part): [string, string] => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  return { type: type.toLowerCase(), parameters: Object.fromEntries(pairs) };
}

function quality({ parameters }: MediaRange): number {
  const value = Number(parameters.q ?? 1);
  return Number.isFinite(value) ? value : 1;
}

const PLAIN: Form = { as: 'Object' };

/** The first form asked for that objects can be given in. @throws NotAcceptable */
export function negotiateForm(header: string | undefined): Form {
  // What nearly all programs send needs no reading.
  if (header === undefined || header === 'application/json') return PLAIN;
  for (const range of parseAccept(header)) {
    const form = JSON_RANGES.has(range.type) ? formOf(range.parameters) : undefined;
    if (form !== undefined) return form;
  }
  throw notAcceptable(['application/json']);
}

function formOf({ as, g, v }: Readonly<Record<string, string>>): Form | undefined {
  if (as === undefined) return PLAIN;
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  if (as === 'Table') return { as, version: v };
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
    return { as, version: v };
  }
  return undefined;
}

export function notAcceptable(types: readonly string[]): TitanError {
  return new TitanError(
    'NotAcceptable',
    `only the following media types are accepted: ${types.join(', ')}`,
  );
}
