import type { Cause } from '../../api/error.ts';
import { compilePattern } from '../../api/pattern.ts';
import { forbiddenField, invalidValue, notSupported, required } from '../causes.ts';
import { field, isRecord } from '../json.ts';
import { keywordCauses } from './keywords.ts';

/** How deep a schema may go, and how many nodes it may have. */
export const DEPTH_MAX = 64;
export const NODES_MAX = 20_000;

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Parts of JSON Schema that a structural schema may not have. */
const UNSUPPORTED = [
  '$ref',
  'additionalItems',
  'definitions',
  'dependencies',
  'discriminator',
  'id',
  'patternProperties',
  'readOnly',
  'writeOnly',
  'xml',
];

type Node = Readonly<Record<string, unknown>>;

interface Walk {
  readonly causes: Cause[];
  nodes: number;
}

/** What keeps a schema from being structural, in Kubernetes' words. */
export function structuralCauses(schema: unknown, path: string): readonly Cause[] {
  const walk: Walk = { causes: [], nodes: 0 };
  if (!isRecord(schema)) return [required(path, 'schemas are required')];
  if (schema.type === undefined) {
    walk.causes.push(required(`${path}.type`, 'must not be empty at the root'));
  } else if (schema.type !== 'object') {
    walk.causes.push(invalidValue(`${path}.type`, schema.type, 'must be object at the root'));
  }
  if (schema.nullable === true) {
    walk.causes.push(forbiddenField(`${path}.nullable`, 'nullable cannot be true at the root'));
  }
  checkNode(schema, path, 0, walk);
  checkRootMetadata(schema, path, walk);
  if (walk.nodes > NODES_MAX) {
    walk.causes.push(invalidValue(path, walk.nodes, `must have at most ${NODES_MAX} nodes`));
  }
  return walk.causes.slice(0, 100);
}

function checkRootMetadata(schema: Node, path: string, { causes }: Walk): void {
  const metadata = field(schema.properties, 'metadata');
  if (!isRecord(metadata)) return;
  const others = Object.keys(isRecord(metadata.properties) ? metadata.properties : {});
  if (others.every((key) => key === 'name' || key === 'generateName')) return;
  const why =
    'must not specify anything other than name and generateName, but metadata is implicitly specified';
  causes.push(forbiddenField(`${path}.properties[metadata]`, why));
}

function checkNode(node: unknown, path: string, depth: number, walk: Walk): void {
  walk.nodes += 1;
  if (walk.nodes > NODES_MAX) return;
  if (!isRecord(node)) {
    walk.causes.push(invalidValue(path, null, 'must be a schema'));
    return;
  }
  if (depth > DEPTH_MAX) {
    walk.causes.push(forbiddenField(path, `must not be deeper than ${DEPTH_MAX}`));
    return;
  }
  walk.causes.push(...keywordCauses(node, path));
  checkPattern(node, path, walk);
  checkType(node, path, depth, walk);
  checkUnsupported(node, path, walk);
  checkExtensions(node, path, walk);
  checkBelow(node, path, depth, walk);
  for (const [junctor, of, at] of junctorsOf(node, path)) {
    checkJunctor(of, at, 0, walk);
    if (junctor !== 'not') checkDefined(of, node, at, path, walk);
  }
}

function checkType(node: Node, path: string, depth: number, { causes }: Walk): void {
  const { type } = node;
  if (node['x-kubernetes-int-or-string'] === true) {
    if (type !== undefined) {
      const why = 'must be empty if x-kubernetes-int-or-string is true';
      causes.push(forbiddenField(`${path}.type`, why));
    }
    return;
  }
  if (type === undefined || type === '') {
    if (depth === 0 || node['x-kubernetes-preserve-unknown-fields'] === true) return;
    const where = path.endsWith('.items') ? 'array items' : 'object fields';
    causes.push(required(`${path}.type`, `must not be empty for specified ${where}`));
    return;
  }
  if (typeof type !== 'string' || !TYPES.includes(type)) {
    causes.push(notSupported(`${path}.type`, type, TYPES));
  }
}

function checkPattern({ pattern }: Node, path: string, { causes }: Walk): void {
  if (typeof pattern !== 'string') return;
  try {
    compilePattern(pattern);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const rule = `must be a valid regular expression, but isn't: ${why}`;
    causes.push(invalidValue(`${path}.pattern`, pattern, rule));
  }
}

function checkUnsupported(node: Node, path: string, { causes }: Walk): void {
  for (const key of UNSUPPORTED) {
    if (node[key] === undefined) continue;
    causes.push(forbiddenField(`${path}.${key}`, `${key} is not supported`));
  }
  if (node.uniqueItems === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    causes.push(forbiddenField(`${path}.uniqueItems`, why));
  }
}

function checkBelow(node: Node, path: string, depth: number, walk: Walk): void {
  const { properties, additionalProperties: others, items, type } = node;
  if (others === false) {
    const why = 'additionalProperties cannot be set to false';
    walk.causes.push(forbiddenField(`${path}.additionalProperties`, why));
  }
  if (isRecord(properties) && Object.keys(properties).length > 0 && others !== undefined) {
    const why = 'additionalProperties and properties are mutual exclusive';
    walk.causes.push(forbiddenField(`${path}.additionalProperties`, why));
  }
  if (type === 'array' && items === undefined) {
    walk.causes.push(required(`${path}.items`, 'must be specified'));
  }
  if (properties !== undefined && !isRecord(properties)) {
    walk.causes.push(invalidValue(`${path}.properties`, null, 'must be a map of schemas'));
  }
  for (const [key, of] of Object.entries(isRecord(properties) ? properties : {})) {
    checkNode(of, `${path}.properties[${key}]`, depth + 1, walk);
  }
  if (isRecord(others)) checkNode(others, `${path}.additionalProperties`, depth + 1, walk);
  if (items !== undefined) checkNode(items, `${path}.items`, depth + 1, walk);
}

function checkExtensions(node: Node, path: string, { causes }: Walk): void {
  const { type } = node;
  if (node['x-kubernetes-preserve-unknown-fields'] === false) {
    const why = 'must be true or undefined';
    causes.push(invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, why));
  }
  if (node['x-kubernetes-embedded-resource'] === true) {
    if (type !== 'object') {
      const why = 'must be object if x-kubernetes-embedded-resource is true';
      causes.push(invalidValue(`${path}.type`, type ?? '', why));
    }
    const open = node['x-kubernetes-preserve-unknown-fields'] === true;
    if (!open && !isRecord(node.properties)) {
      const why =
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
      causes.push(required(`${path}.properties`, why));
    }
  }
  checkListType(node, path, causes);
  const mapType = node['x-kubernetes-map-type'];
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular') {
    causes.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  }
}

const LIST_TYPES = ['atomic', 'map', 'set'];

function checkListType(node: Node, path: string, causes: Cause[]): void {
  const listType = node['x-kubernetes-list-type'];
  const keys = node['x-kubernetes-list-map-keys'];
  if (listType !== undefined && node.type !== 'array') {
    const why = 'must be array if x-kubernetes-list-type is specified';
    causes.push(invalidValue(`${path}.type`, node.type ?? '', why));
  }
  if (listType !== undefined && !LIST_TYPES.some((type) => type === listType)) {
    causes.push(notSupported(`${path}.x-kubernetes-list-type`, listType, LIST_TYPES));
  }
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (listType !== 'map') {
    if (keys === undefined) return;
    causes.push(forbiddenField(at, 'must be used in combination with x-kubernetes-list-type: map'));
    return;
  }
  if (!Array.isArray(keys) || keys.length === 0) {
    causes.push(required(at, 'must not be empty if x-kubernetes-list-type is map'));
    return;
  }
  const items = field(node.items, 'properties');
  for (const [index, key] of keys.entries()) {
    if (typeof key === 'string' && isRecord(field(items, key))) continue;
    const why = 'entries must all be names of item properties';
    causes.push(invalidValue(`${at}[${index}]`, key, why));
  }
}

type Junction = readonly [junctor: string, of: Node, path: string];

/** The schemas of `allOf`, `anyOf`, `oneOf` and `not` of a node. */
function junctorsOf(node: Node, path: string): readonly Junction[] {
  const listed = ['allOf', 'anyOf', 'oneOf'].flatMap((junctor) => {
    const members = node[junctor];
    if (!Array.isArray(members)) return [];
    return members.map(
      (of, index): Junction => [junctor, isRecord(of) ? of : {}, `${path}.${junctor}[${index}]`],
    );
  });
  return isRecord(node.not) ? [...listed, ['not', node.not, `${path}.not`]] : listed;
}

/** What only the structure itself may say, and not a junctor. */
const STRUCTURE_ONLY: Readonly<Record<string, string>> = {
  additionalProperties: 'must be undefined to be structural',
  default: 'must be undefined to be structural',
  description: 'must be empty to be structural',
  nullable: 'must be false to be structural',
  title: 'must be empty to be structural',
  type: 'must be empty to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-list-type': 'must be undefined to be structural',
  'x-kubernetes-map-type': 'must be undefined to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be undefined to be structural',
  'x-kubernetes-validations': 'must be empty to be structural',
};

function checkJunctor(node: Node, path: string, depth: number, walk: Walk): void {
  walk.nodes += 1;
  if (depth > DEPTH_MAX || walk.nodes > NODES_MAX) return;
  const { causes } = walk;
  causes.push(...keywordCauses(node, path));
  checkPattern(node, path, walk);
  checkUnsupported(node, path, walk);
  for (const [key, why] of Object.entries(STRUCTURE_ONLY)) {
    if (node[key] === undefined || node[key] === false || isIntOrString(node, key)) continue;
    causes.push(forbiddenField(`${path}.${key}`, why));
  }
  for (const [key, of] of Object.entries(isRecord(node.properties) ? node.properties : {})) {
    if (isRecord(of)) checkJunctor(of, `${path}.properties[${key}]`, depth + 1, walk);
  }
  if (isRecord(node.items)) checkJunctor(node.items, `${path}.items`, depth + 1, walk);
  for (const [, of, at] of junctorsOf(node, path)) checkJunctor(of, at, depth + 1, walk);
}

/** `anyOf: [{type: integer}, {type: string}]` may stand beside x-kubernetes-int-or-string. */
function isIntOrString(node: Node, key: string): boolean {
  return (
    key === 'type' &&
    Object.keys(node).length === 1 &&
    (node.type === 'integer' || node.type === 'string')
  );
}

/** Fields that a junctor speaks of must be fields of the structure. */
function checkDefined(of: Node, node: Node, at: string, path: string, walk: Walk): void {
  if (!isRecord(of.properties)) return;
  for (const key of Object.keys(of.properties)) {
    if (isRecord(field(node.properties, key)) || isRecord(node.additionalProperties)) continue;
    const why = `because it is defined in ${at.slice(path.length + 1)}.properties[${key}]`;
    walk.causes.push(required(`${path}.properties[${key}]`, why));
  }
}
