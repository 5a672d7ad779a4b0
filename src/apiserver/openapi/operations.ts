import type { Definition } from '../../registry/port.ts';
import { metaName, SCALE_NAME, schemaName } from './names.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

/** One method of one path, before it is written in one version of OpenAPI or another. */
export interface Operation {
  readonly path: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly id: string;
  readonly action: string;
  readonly description: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly parameters: readonly Parameter[];
  /** The schema of the request's body. */
  readonly body?: string;
  readonly consumes: readonly string[];
  /** The schema of the answer. */
  readonly answer: string;
}

const JSON_TYPES = ['application/json', 'application/yaml'];
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];
const STRATEGIC = 'application/strategic-merge-patch+json';

/** Every operation on a kind. */
export function operationsOf(definition: Definition): readonly Operation[] {
  const { kind, status, scale } = definition;
  const base = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const everywhere = `${base}/${kind.plural}`;
  const inside = kind.namespaced ? `${base}/namespaces/{namespace}/${kind.plural}` : everywhere;
  const object = `${inside}/{name}`;
  const own = { definition, answer: schemaName(kind, kind.kind), target: kind };
  const scaled = { definition, answer: SCALE_NAME, target: SCALE };
  return [
    ...collectionOperations(definition, inside),
    ...(kind.namespaced
      ? [listOperation(definition, everywhere, `ForAllNamespaces`)].filter(isServed(definition))
      : []),
    ...objectOperations({ ...own, path: object, suffix: '' }),
    ...(status ? partOperations({ ...own, path: `${object}/status`, suffix: 'Status' }) : []),
    ...(scale ? partOperations({ ...scaled, path: `${object}/scale`, suffix: 'Scale' }) : []),
  ];
}

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

function collectionOperations(definition: Definition, path: string): Operation[] {
  const { kind } = definition;
  const common = { path, kind: gvk(kind) };
  const operations: Operation[] = [
    listOperation(definition, path, ''),
    {
      ...common,
      method: 'post',
      id: operationId('create', definition),
      action: 'post',
      description: `create a ${kind.kind}`,
      parameters: [...pathParameters(path), ...WRITE],
      body: schemaName(kind, kind.kind),
      consumes: JSON_TYPES,
      answer: schemaName(kind, kind.kind),
    },
    {
      ...common,
      method: 'delete',
      id: operationId('deleteCollection', definition),
      action: 'deletecollection',
      description: `delete a collection of ${kind.kind}`,
      parameters: [...pathParameters(path), ...LIST],
      body: metaName('DeleteOptions'),
      consumes: JSON_TYPES,
      answer: metaName('Status'),
    },
  ];
  return operations.filter(isServed(definition));
}

function listOperation(definition: Definition, path: string, suffix: string): Operation {
  const { kind, listKind } = definition;
  return {
    path,
    kind: gvk(kind),
    method: 'get',
    id: operationId('list', definition, suffix),
    action: 'list',
    description: `list or watch objects of kind ${kind.kind}`,
    parameters: [...pathParameters(path), ...LIST],
    consumes: JSON_TYPES,
    answer: schemaName(kind, listKind),
  };
}

interface Part {
  readonly definition: Definition;
  readonly path: string;
  readonly suffix: string;
  readonly answer: string;
  readonly target: Operation['kind'];
}

function objectOperations(part: Part): Operation[] {
  const { definition, path } = part;
  const removal: Operation = {
    path,
    kind: gvk(part.target),
    method: 'delete',
    id: operationId('delete', definition),
    action: 'delete',
    description: `delete a ${definition.kind.kind}`,
    parameters: [...pathParameters(path), DRY_RUN, ...REMOVE],
    body: metaName('DeleteOptions'),
    consumes: JSON_TYPES,
    answer: metaName('Status'),
  };
  return [...partOperations(part), removal].filter(isServed(definition));
}

function partOperations({ definition, path, suffix, answer, target }: Part): Operation[] {
  const { kind } = definition;
  const what = suffix === '' ? `the ${kind.kind}` : `the ${suffix.toLowerCase()} of a ${kind.kind}`;
  const common = { path, kind: gvk(target), answer };
  const consumes = definition.builtIn ? [...PATCH_TYPES, STRATEGIC] : PATCH_TYPES;
  const operations: Operation[] = [
    {
      ...common,
      method: 'get',
      id: operationId('read', definition, suffix),
      action: 'get',
      description: `read ${what}`,
      parameters: pathParameters(path),
      consumes: JSON_TYPES,
    },
    {
      ...common,
      method: 'put',
      id: operationId('replace', definition, suffix),
      action: 'put',
      description: `replace ${what}`,
      parameters: [...pathParameters(path), ...WRITE],
      body: answer,
      consumes: JSON_TYPES,
    },
    {
      ...common,
      method: 'patch',
      id: operationId('patch', definition, suffix),
      action: 'patch',
      description: `change ${what} in part`,
      parameters: [...pathParameters(path), ...WRITE, FORCE],
      body: metaName('Patch'),
      consumes,
    },
  ];
  return operations.filter(isServed(definition));
}

const VERBS: Readonly<Record<string, string>> = { post: 'create', put: 'update' };

function isServed({ verbs }: Definition): (operation: Operation) => boolean {
  return ({ action }) => verbs.includes(VERBS[action] ?? action);
}

function gvk({ group, version, kind }: Operation['kind']): Operation['kind'] {
  return { group, version, kind };
}

/** Such as `patchTitanDevV1beta1NamespacedJobStatus`. */
function operationId(verb: string, { kind }: Definition, suffix = ''): string {
  const group = kind.group === '' ? 'core' : kind.group;
  const words = [...group.split('.'), kind.version].map(capital).join('');
  const scope = kind.namespaced && suffix !== 'ForAllNamespaces' ? 'Namespaced' : '';
  return `${verb}${words}${scope}${kind.kind}${suffix}`;
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    type: 'string',
    description: `The ${name} of the object.`,
  }));
}

function query(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, in: 'query', type, description };
}

const DRY_RUN = query('dryRun', 'string', 'All: everything is checked and nothing is stored.');
const FORCE = query('force', 'boolean', 'Takes fields over from other managers; only for apply.');
const WRITE = [
  DRY_RUN,
  query('fieldManager', 'string', 'Who writes; fields are owned under this name.'),
  query('fieldValidation', 'string', 'Unknown and duplicate fields: Ignore, Warn or Strict.'),
];
const REMOVE = [
  query('gracePeriodSeconds', 'integer', 'How many seconds the object may take to end.'),
  query('propagationPolicy', 'string', 'Dependents: Foreground, Background or Orphan.'),
];
const LIST = [
  query('allowWatchBookmarks', 'boolean', 'Whether a watch may bear bookmarks.'),
  query('continue', 'string', 'The token of the page before.'),
  query('fieldSelector', 'string', 'Which objects, by their fields.'),
  query('labelSelector', 'string', 'Which objects, by their labels.'),
  query('limit', 'integer', 'How many objects a page holds at most.'),
  query('resourceVersion', 'string', 'How new the answer must be.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'Whether a watch begins with all objects there are.'),
  query('timeoutSeconds', 'integer', 'How long a watch lasts.'),
  query('watch', 'boolean', 'Whether changes are wanted as they come.'),
];
