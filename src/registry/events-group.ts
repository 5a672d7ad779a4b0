import type { Cause } from '../api/error.ts';
import type { ApiObject, ObjectKey } from '../api/object.ts';
import { parseFieldSelector } from '../api/selector.ts';
import { coreEvent, coreName, groupEvent, newName } from './builtin/events.ts';
import { invalidValue, required } from './causes.ts';
import { badRequest, invalid } from './errors.ts';
import { field, isRecord } from './json.ts';
import type {
  Body,
  Definition,
  ListResult,
  Patch,
  Registry,
  Stored,
  WatchItem,
  WriteOptions,
  WriteResult,
} from './port.ts';

type Faced = Pick<
  Registry,
  | 'get'
  | 'list'
  | 'count'
  | 'watch'
  | 'create'
  | 'replace'
  | 'patch'
  | 'remove'
  | 'removeCollection'
>;

const VERSION = 'events.k8s.io/v1';

/**
 * Serves `events.k8s.io/v1` events out of the stored `core/v1` ones: all that goes in is renamed to
 * what is stored, and all that comes out is named anew. Every other kind passes through.
 */
export function withEventsGroup(core: Faced): Faced {
  const isOther = ({ kind }: Definition) => kind.group !== groupEvent.kind.group;
  const facing =
    <Options extends object, Result>(
      plain: (definition: Definition, options: Options) => Result,
      faced: (options: Options) => Result,
    ) =>
    (definition: Definition, options: Options): Result =>
      isOther(definition) ? plain(definition, options) : faced(options);

  return {
    get: (definition, key, options) =>
      isOther(definition)
        ? core.get(definition, key, options)
        : shownLater(core.get(coreEvent, key, options)),
    list: facing(core.list, async (query) =>
      shownList(await core.list(coreEvent, withCoreSelector(query))),
    ),
    count: (definition, namespace) =>
      core.count(isOther(definition) ? definition : coreEvent, namespace),
    watch: (definition, query, signal) =>
      isOther(definition)
        ? core.watch(definition, query, signal)
        : shownWatch(core.watch(coreEvent, withCoreSelector(query), signal)),
    async create(definition, namespace, body, options) {
      if (isOther(definition)) return core.create(definition, namespace, body, options);
      checkNew(body.value);
      return toGroup(await core.create(coreEvent, namespace, coreBody(body, options), options));
    },
    replace: (definition, key, body, options) =>
      isOther(definition)
        ? core.replace(definition, key, body, options)
        : replacedEvent(core, key, body, options),
    async patch(definition, key, patch, options) {
      if (isOther(definition)) return core.patch(definition, key, patch, options);
      const done = await core.patch(coreEvent, key, corePatch(patch, options), options);
      return { ...done, object: toGroup(done.object) };
    },
    async remove(definition, key, options) {
      if (isOther(definition)) return core.remove(definition, key, options);
      const removal = await core.remove(coreEvent, key, options);
      return { ...removal, object: toGroup(removal.object) };
    },
    async removeCollection(definition, query, options) {
      if (isOther(definition)) return core.removeCollection(definition, query, options);
      return shownList(await core.removeCollection(coreEvent, withCoreSelector(query), options));
    },
  };
}

async function replacedEvent(
  core: Faced,
  key: ObjectKey,
  body: Body,
  options: WriteOptions,
): Promise<WriteResult> {
  const done = await core.replace(coreEvent, key, coreBody(body, options), options);
  return { ...done, object: toGroup(done.object) };
}

/** A stored event as `events.k8s.io/v1` names its fields. */
export function toGroup(event: ApiObject): ApiObject {
  return { ...(renamed(event, newName) as ApiObject), apiVersion: VERSION };
}

/** An `events.k8s.io/v1` event as it is stored. */
export function toCore(event: ApiObject): ApiObject {
  return { ...(renamed(event, coreName) as ApiObject), apiVersion: coreEvent.kind.version };
}

function renamed(value: object, name: (key: string) => string): object {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [name(key), inner]));
}

const encoder = new TextEncoder();

function shown({ object }: Stored): Stored {
  const event = toGroup(object);
  return { object: event, bytes: encoder.encode(JSON.stringify(event)) };
}

async function shownLater(stored: Stored | Promise<Stored>): Promise<Stored> {
  return shown(await stored);
}

function shownList(list: ListResult): ListResult {
  return { ...list, items: list.items.map(shown) };
}

async function* shownWatch(
  batches: AsyncIterable<readonly WatchItem[]>,
): AsyncGenerator<readonly WatchItem[]> {
  for await (const items of batches) {
    yield items.map((item) =>
      item.type === 'BOOKMARK' ? item : { ...item, stored: shown(item.stored) },
    );
  }
}

/** @throws TitanError BadRequest for a field that is not selectable under its new name */
function withCoreSelector<Query extends { readonly fieldSelector?: string }>(query: Query): Query {
  if (!query.fieldSelector) return query;
  const terms = parseFieldSelector(query.fieldSelector).map(({ field: path, equal, value }) => {
    const isMeta = path === 'metadata.name' || path === 'metadata.namespace';
    if (!isMeta && !groupEvent.selectableFields.includes(`.${path}`)) {
      throw badRequest(`field label not supported: ${path}`);
    }
    return `${corePath(path, '.')}${equal ? '=' : '!='}${value.replaceAll(/[\\,=]/g, '\\$&')}`;
  });
  return { ...query, fieldSelector: terms.join(',') };
}

function corePath(path: string, separator: string): string {
  const [first = '', ...rest] = path.split(separator);
  return [coreName(first), ...rest].join(separator);
}

function coreBody({ value, duplicates }: Body, options: WriteOptions): Body {
  if (!isRecord(value)) return { value, duplicates };
  const { apiVersion } = value;
  const known = withoutOldNames(value, options);
  const core = renamed(known, coreName);
  const version = apiVersion === VERSION ? { apiVersion: coreEvent.kind.version } : {};
  return { value: { ...core, ...version }, duplicates };
}

/** The names of the stored event are none here: they are unknown fields. */
function withoutOldNames(
  value: Readonly<Record<string, unknown>>,
  { fieldValidation = 'Strict', warn }: WriteOptions,
): Readonly<Record<string, unknown>> {
  const old = Object.keys(value).filter((key) => newName(key) !== key);
  if (old.length === 0) return value;
  const problems = old.map((key) => `unknown field "${key}"`);
  if (fieldValidation === 'Strict') {
    const opening = 'Event in version "v1" cannot be handled as a Event';
    throw badRequest(`${opening}: strict decoding error: ${problems.join(', ')}`);
  }
  if (fieldValidation === 'Warn') for (const problem of problems) warn?.(problem);
  return Object.fromEntries(Object.entries(value).filter(([key]) => !old.includes(key)));
}

function corePatch(patch: Patch, options: WriteOptions): Patch {
  if (patch.type !== 'json') return { ...patch, body: coreBody(patch.body, options) };
  const { value, duplicates } = patch.body;
  if (!Array.isArray(value)) return patch;
  const operations = value.map((operation: unknown) => {
    if (!isRecord(operation)) return operation;
    const paths = ['path', 'from'].flatMap((key) => {
      const path = operation[key];
      return typeof path === 'string' ? [[key, corePointer(path, options)]] : [];
    });
    return { ...operation, ...Object.fromEntries(paths) };
  });
  return { ...patch, body: { value: operations, duplicates } };
}

function corePointer(pointer: string, options: WriteOptions): string {
  const [, first = '', ...rest] = pointer.split('/');
  withoutOldNames({ [first]: undefined }, options);
  return pointer === '' ? '' : ['', coreName(first), ...rest].join('/');
}

const NEEDED = ['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason'];

/** What an event of this group must have, which older ones of the core group may lack. */
function checkNew(event: unknown): void {
  const causes: Cause[] = NEEDED.filter((key) => !field(event, key)).map((key) => required(key));
  const type = field(event, 'type');
  if (type !== 'Normal' && type !== 'Warning') {
    causes.push(invalidValue('type', type ?? '', 'has invalid value'));
  }
  if (causes.length === 0) return;
  const name = field(field(event, 'metadata'), 'name');
  throw invalid(groupEvent.kind, typeof name === 'string' ? name : '', causes);
}
