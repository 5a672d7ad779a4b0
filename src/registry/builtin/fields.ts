import type { Kind } from '../../api/kind.ts';
import type { Definition, Schema } from '../port.ts';
import { withMeta } from '../schema/object-meta.ts';
import { ALL_VERBS } from './verbs.ts';

/** Words for the schemas of the built-in kinds. Each description is what `kubectl explain` prints. */

export function text(description: string): Schema {
  return { type: 'string', description };
}

export function truth(description: string): Schema {
  return { type: 'boolean', description };
}

export function count(description: string): Schema {
  return { type: 'integer', format: 'int32', description };
}

export function moment(description: string): Schema {
  return { type: 'string', format: 'date-time', nullable: true, description };
}

/** A list that is replaced as a whole. */
export function texts(description: string): Schema {
  return {
    type: 'array',
    items: { type: 'string' },
    'x-kubernetes-list-type': 'atomic',
    description,
  };
}

export function textsByName(description: string): Schema {
  return { type: 'object', additionalProperties: { type: 'string' }, description };
}

/** Bytes in base64. That they are is checked when the object is read. */
export function bytesByName(description: string): Schema {
  return {
    type: 'object',
    additionalProperties: { type: 'string', format: 'byte' },
    description,
  };
}

export function object(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  const base = { type: 'object', description, properties };
  return required.length === 0 ? base : { ...base, required };
}

/** A list that is replaced as a whole. */
export function list(description: string, items: Schema): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'atomic', description };
}

/** A list of which items are told apart, and merged, by some of their fields. */
export function listByKeys(description: string, keys: readonly string[], items: Schema): Schema {
  return {
    type: 'array',
    items,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
    'x-kubernetes-patch-strategy': 'merge',
    'x-kubernetes-patch-merge-key': keys[0] ?? 'name',
    description,
  };
}

export function reference(description: string): Schema {
  return {
    ...object(description, {
      apiVersion: text('The API version of the object.'),
      kind: text('The kind of the object.'),
      namespace: text('The namespace of the object.'),
      name: text('The name of the object.'),
      uid: text('The uid of the object.'),
      resourceVersion: text('The version of the object.'),
      fieldPath: text('The part of the object.'),
    }),
    'x-kubernetes-map-type': 'atomic',
  };
}

export const AGE = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

export function builtIn(
  kind: Kind,
  more: Partial<Definition> & { readonly schema: Schema },
): Definition {
  return {
    kind,
    listKind: `${kind.kind}List`,
    singular: kind.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: ALL_VERBS,
    columns: [AGE],
    selectableFields: [],
    status: false,
    builtIn: true,
    ...more,
    schema: withMeta(more.schema),
  };
}
