import type { Cause } from '../api/error.ts';
import { isSubdomainName, SUBDOMAIN_RULE } from '../api/name.ts';
import type { DraftMeta, ObjectMeta, OwnerReference } from '../api/object.ts';
import type { Random } from '../runtime/port.ts';
import { duplicate, forbiddenField, invalidValue, required, tooLong } from './causes.ts';
import { isEqual } from './json.ts';

const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const NAME_PART_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start " +
  "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const ANNOTATIONS_MAX_BYTES = 262_144;
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const GENERATED_MAX = 58;

/** A name that begins with `base` and ends with five random letters. */
export function generateName(base: string, random: Random): string {
  let suffix = '';
  for (let count = 0; count < 5; count += 1) {
    suffix += SUFFIX_LETTERS.charAt(Math.floor(random.next() * SUFFIX_LETTERS.length));
  }
  return base.slice(0, GENERATED_MAX) + suffix;
}

/** What is wrong with a name that is to be an RFC 1123 subdomain, as most are. */
function subdomainProblem(name: string): string | undefined {
  if (name.length > 253) return longerThan(253);
  return isSubdomainName(name) ? undefined : SUBDOMAIN_RULE;
}

export interface MetadataRules {
  /** What is wrong with a name, of a kind that has rules of its own for them. */
  readonly nameProblem?: ((name: string) => string | undefined) | undefined;
  /** What is stored: parts that are still the same were checked when they were written. */
  readonly old?: DraftMeta | undefined;
}

/** What is wrong with an object's metadata by itself. */
export function metadataCauses(
  meta: DraftMeta,
  { nameProblem = subdomainProblem, old = {} }: MetadataRules = {},
): readonly Cause[] {
  return [
    ...(meta.name !== undefined && meta.name === old.name ? [] : nameCauses(meta, nameProblem)),
    ...(meta.labels === old.labels ? [] : labelCauses(meta)),
    ...(meta.annotations === old.annotations ? [] : annotationCauses(meta)),
    ...(meta.finalizers === old.finalizers ? [] : finalizerCauses(meta)),
    ...(meta.ownerReferences === old.ownerReferences ? [] : ownerCauses(meta)),
  ];
}

function nameCauses(
  { name, generateName: base }: DraftMeta,
  nameProblem: (name: string) => string | undefined,
): readonly Cause[] {
  if (name === undefined || name === '') {
    return base ? [] : [required('metadata.name', 'name or generateName is required')];
  }
  const problem = nameProblem(name);
  return problem === undefined ? [] : [invalidValue('metadata.name', name, problem)];
}

function labelCauses({ labels = {} }: DraftMeta): readonly Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const causes = keyProblems(key).map((problem) => invalidValue('metadata.labels', key, problem));
    const problem = labelValueProblem(value);
    return problem ? [...causes, invalidValue('metadata.labels', value, problem)] : causes;
  });
}

/** What is wrong with a label's value, in Kubernetes' words. */
function labelValueProblem(value: string): string | undefined {
  if (value.length > 63) return longerThan(63);
  return value === '' || NAME_PART.test(value) ? undefined : LABEL_VALUE_RULE;
}

function keyProblems(key: string): readonly string[] {
  const parts = key.split('/');
  const [name = '', prefix] = parts.toReversed();
  if (parts.length > 2) {
    return [
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.' with an optional DNS subdomain prefix and '/'",
    ];
  }
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined && !isSubdomainName(prefix)) {
    problems.push(`prefix part ${SUBDOMAIN_RULE}`);
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push(`name part ${longerThan(63)}`);
  else if (!NAME_PART.test(name)) problems.push(NAME_PART_RULE);
  return problems;
}

function annotationCauses({ annotations = {} }: DraftMeta): readonly Cause[] {
  const causes = Object.keys(annotations).flatMap((key) =>
    keyProblems(key.toLowerCase()).map((why) => invalidValue('metadata.annotations', key, why)),
  );
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (bytes <= ANNOTATIONS_MAX_BYTES) return causes;
  return [...causes, tooLong('metadata.annotations', ANNOTATIONS_MAX_BYTES)];
}

function finalizerCauses({ finalizers = [] }: DraftMeta): readonly Cause[] {
  return finalizers.flatMap((finalizer, index) =>
    keyProblems(finalizer).map((why) =>
      invalidValue(`metadata.finalizers[${index}]`, finalizer, why),
    ),
  );
}

function ownerCauses({ ownerReferences: owners = [] }: DraftMeta): readonly Cause[] {
  const causes = owners.flatMap((owner, index) =>
    ownerProblems(owner, `metadata.ownerReferences[${index}]`),
  );
  const uids = owners.map(({ uid }) => uid);
  const twice = owners.flatMap(({ uid }, index) =>
    uids.indexOf(uid) < index ? [duplicate(`metadata.ownerReferences[${index}].uid`, uid)] : [],
  );
  if (owners.filter(({ controller }) => controller).length <= 1) return [...causes, ...twice];
  const only = 'Only one reference can have Controller set to true';
  return [...causes, ...twice, invalidValue('metadata.ownerReferences', owners, only)];
}

function ownerProblems(owner: Partial<OwnerReference>, path: string): readonly Cause[] {
  const { apiVersion = '', kind } = owner;
  const empty = (['kind', 'name', 'uid'] as const).filter((key) => !owner[key]);
  const causes = empty.map((key) => invalidValue(`${path}.${key}`, '', 'must not be empty'));
  if (apiVersion === 'v1' && kind === 'Event') {
    causes.push(invalidValue(path, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
  if (API_VERSION.test(apiVersion)) return causes;
  return [invalidValue(`${path}.apiVersion`, apiVersion, 'version must not be empty'), ...causes];
}

/** `VERSION` or `GROUP/VERSION`. */
const API_VERSION = /^(?:[^/]*\/)?[^/]+$/;

const IMMUTABLE = ['name', 'namespace', 'uid'] as const;

/**
 * What an update may not do to the metadata. What else only the server sets is kept without a word, as in
 * Kubernetes: tools write `creationTimestamp: null`.
 */
export function metadataUpdateCauses(next: DraftMeta, current: ObjectMeta): readonly Cause[] {
  const changed = IMMUTABLE.filter((key) => next[key] !== undefined && next[key] !== current[key]);
  const causes = changed.map((key) =>
    invalidValue(`metadata.${key}`, next[key], 'field is immutable'),
  );
  if (current.deletionTimestamp === undefined) return causes;
  const before = new Set(current.finalizers ?? []);
  const added = (next.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return causes;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((text) => JSON.stringify(text)).join(', ')}}`;
  return [...causes, forbiddenField('metadata.finalizers', why)];
}

/** The generation after a change; kinds without one stay without. */
export function countedOn(
  { generation }: DraftMeta,
  grows: boolean,
): { readonly generation?: number } {
  return generation === undefined ? {} : { generation: generation + (grows ? 1 : 0) };
}

/** The metadata of an update: what people may set comes from `next`, the rest stays. */
export function updatedMeta(
  next: DraftMeta,
  current: ObjectMeta,
): Omit<ObjectMeta, 'resourceVersion'> {
  const { resourceVersion: _, ...kept } = current;
  const { labels, annotations, finalizers, ownerReferences, ...identity } = kept;
  return {
    ...identity,
    ...present('labels', next.labels, labels),
    ...present('annotations', next.annotations, annotations),
    ...present('finalizers', next.finalizers, finalizers),
    ...present('ownerReferences', next.ownerReferences, ownerReferences),
  };
}

/** A field that is there unless it is empty, and the current value itself where nothing changes. */
function present<Key extends string, Value extends object>(
  key: Key,
  next: Value | undefined,
  current: Value | undefined,
): { readonly [key in Key]?: Value } {
  const value = isEqual(next, current) ? current : next;
  return value === undefined || Object.keys(value).length === 0
    ? {}
    : ({ [key]: value } as { readonly [key in Key]?: Value });
}

function longerThan(max: number): string {
  return `must be no more than ${max} characters`;
}
