import type { ApiObject } from '../../api/object.ts';
import {
  type FieldTerm,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
} from '../../api/selector.ts';
import { badRequest } from '../errors.ts';
import { atPath } from '../json.ts';
import { namespacePrefix } from '../keys.ts';
import type { Definition, ListQuery } from '../port.ts';

/** Which objects a query is about. */
export interface Filter {
  /** The local keys that can match lie under this. */
  readonly prefix: string;
  /** The only key that can match, where the query names one. */
  readonly local: string | undefined;
  /** Whether the prefix says it all. */
  readonly isWhole: boolean;
  matches(object: ApiObject): boolean;
}

type Selection = Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/** @throws TitanError BadRequest where a selector cannot be read, or names a field that is not selectable */
export function filterOf(definition: Definition, query: Selection): Filter {
  const labels = parseLabelSelector(query.labelSelector ?? '');
  const fields = parseFieldSelector(query.fieldSelector ?? '');
  for (const { field } of fields) checkField(definition, field);
  const name = fields.find(({ field, equal }) => field === 'metadata.name' && equal)?.value;
  const prefix = prefixOf(definition, query.namespace, name);
  const isOne = Boolean(name) && (!definition.kind.namespaced || Boolean(query.namespace));
  return {
    prefix,
    local: isOne ? prefix : undefined,
    isWhole: labels.length === 0 && fields.length === 0,
    matches: (object) =>
      (name === undefined || object.metadata.name === name) &&
      matchesLabels(labels, object.metadata.labels) &&
      fields.every((term) => matchesField(term, object)),
  };
}

function prefixOf(
  { kind }: Definition,
  namespace: string | undefined,
  name: string | undefined,
): string {
  const all = namespacePrefix(kind, namespace);
  return all === '' ? '' : all + (name ?? '');
}

function checkField({ selectableFields, kind }: Definition, field: string): void {
  if (field === 'metadata.name') return;
  if (field === 'metadata.namespace' && kind.namespaced) return;
  if (!selectableFields.includes(`.${field}`)) {
    throw badRequest(`field label not supported: ${field}`);
  }
}

function matchesField({ field, equal, value }: FieldTerm, object: ApiObject): boolean {
  const found = atPath(object, field);
  const text = found === undefined || found === null ? '' : String(found);
  return (text === value) === equal;
}
