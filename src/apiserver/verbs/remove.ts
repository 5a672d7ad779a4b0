import { TitanError } from '../../api/error.ts';
import type { ApiObject } from '../../api/object.ts';
import type { Definition, RemoveOptions } from '../../registry/port.ts';
import { parseObject } from '../body/read.ts';
import { invalidOptions, unsupportedValue } from '../errors.ts';
import { type Answer, jsonAnswer, type Request } from '../exchange.ts';
import { presentList, presentObject } from '../present.ts';
import { dryRun, flag, manager, quote, text, whole } from '../query.ts';
import { listQuery } from './read.ts';
import { keyOf, notAllowed, presentation, requireVerb, type Target } from './target.ts';

/** DELETE of an object: a `Status` that names its uid, or the object where finalizers hold it. */
export async function removeObject(target: Target): Promise<Answer> {
  const { context, definition } = target;
  requireVerb(definition, 'delete');
  const shown = presentation(target);
  const options = await removeOptions(target.request);
  const removal = await context.registry.remove(definition, keyOf(target), options);
  if (!removal.gone) return presentObject(shown, 200, removal);
  return jsonAnswer(200, success(definition, removal.object));
}

/** DELETE of a collection: the list of what was deleted. */
export async function removeObjects(target: Target): Promise<Answer> {
  const { context, definition, namespace } = target;
  requireVerb(definition, 'deletecollection');
  if (definition.kind.namespaced && namespace === undefined) {
    throw notAllowed(definition, 'deletecollection');
  }
  const shown = presentation(target);
  const options = await removeOptions(target.request);
  const query = listQuery(target);
  return presentList(shown, await context.registry.removeCollection(definition, query, options));
}

function success({ kind }: Definition, { metadata }: ApiObject): unknown {
  const { name, uid } = metadata;
  const details = { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...details, uid },
  };
}

const KIND = 'DeleteOptions';
const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;
type Policy = (typeof POLICIES)[number];

const KNOWN = new Set([
  'kind',
  'apiVersion',
  'dryRun',
  'gracePeriodSeconds',
  'orphanDependents',
  'preconditions',
  'propagationPolicy',
]);

/**
 * The options, which clients put in the body or in the query; the body goes first. A field that is none
 * of them is passed over as in Kubernetes, but not in silence.
 */
async function removeOptions(request: Request): Promise<RemoveOptions> {
  const given = readBody(await request.body(), request.header('content-type'));
  for (const name of Object.keys(given)) {
    if (!KNOWN.has(name)) request.warn(`unknown field "${name}"`);
  }
  const { query } = request;
  const preconditions = objectAt(given, 'preconditions') ?? {};
  const uid = stringAt(preconditions, 'uid');
  const resourceVersion = stringAt(preconditions, 'resourceVersion');
  const policy = propagationPolicy(given, query);
  const grace = graceOf(given) ?? whole(query, 'gracePeriodSeconds');
  return {
    manager: manager(request, KIND),
    dryRun: dryRun([...stringsAt(given, 'dryRun'), ...query.getAll('dryRun')], KIND),
    warn: (warning) => request.warn(warning),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function readBody(bytes: Buffer, contentType: string | undefined): Fields {
  if (bytes.length === 0) return {};
  const { value } = parseObject(bytes, contentType);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('');
  const fields = value as Fields;
  const kind = stringAt(fields, 'kind');
  if (kind === undefined || kind === KIND) return fields;
  throw new TitanError('BadRequest', `the body must be DeleteOptions, not ${quote(kind)}`);
}

function propagationPolicy(given: Fields, query: URLSearchParams): Policy | undefined {
  const named = stringAt(given, 'propagationPolicy') ?? text(query, 'propagationPolicy');
  const orphan = given.orphanDependents ?? orphanOf(query);
  if (orphan !== undefined && typeof orphan !== 'boolean') throw malformed('orphanDependents');
  if (named !== undefined && orphan !== undefined) {
    throw invalidOptions(KIND, {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${quote(named)}: orphanDependents and deletionPropagation cannot be both set`,
      field: 'propagationPolicy',
    });
  }
  if (named === undefined) return orphan === undefined ? undefined : orphanPolicy(orphan);
  const policy = POLICIES.find((one) => one === named);
  if (policy !== undefined) return policy;
  const supported = [...POLICIES, 'nil'].map(quote);
  throw invalidOptions(KIND, unsupportedValue('propagationPolicy', quote(named), supported));
}

function orphanOf(query: URLSearchParams): boolean | undefined {
  return query.has('orphanDependents') ? flag(query, 'orphanDependents') : undefined;
}

function orphanPolicy(orphan: boolean): Policy {
  return orphan ? 'Orphan' : 'Background';
}

function graceOf(given: Fields): number | undefined {
  const { gracePeriodSeconds: value } = given;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw malformed('gracePeriodSeconds');
}

function objectAt(fields: Fields, name: string): Fields | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  throw malformed(name);
}

function stringAt(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw malformed(name);
}

function stringsAt(fields: Fields, name: string): readonly string[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw malformed(name);
}

function malformed(field: string): TitanError {
  const what = field === '' ? 'the body must be an object' : `${field} has the wrong type`;
  return new TitanError('BadRequest', `${KIND} cannot be read: ${what}`);
}
