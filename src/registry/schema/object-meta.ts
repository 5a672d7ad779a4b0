import type { Schema } from '../port.ts';

const TEXT: Schema = { type: 'string' };
const TIME: Schema = { type: 'string', format: 'date-time', nullable: true };
const TEXTS: Schema = { type: 'object', additionalProperties: TEXT };

/** What every object's `metadata` may hold. */
export const OBJECT_META: Schema = {
  type: 'object',
  description:
    'Standard metadata of every object: its name, labels, annotations and what the server knows of it.',
  properties: {
    name: { ...TEXT, description: 'Unique among the objects of its kind in its namespace.' },
    namespace: { ...TEXT, description: 'The space that the name is unique in.' },
    generateName: {
      ...TEXT,
      description: 'The beginning of a name that the server ends; used where name is absent.',
    },
    uid: { ...TEXT, description: 'Unique in time and space. Set by the server.' },
    resourceVersion: {
      ...TEXT,
      description: 'The version of the object, for comparison and for watches. Set by the server.',
    },
    generation: {
      type: 'integer',
      format: 'int64',
      description: 'Counts the changes of the desired state. Set by the server.',
    },
    creationTimestamp: { ...TIME, description: 'When it was created. Set by the server.' },
    deletionTimestamp: { ...TIME, description: 'When its deletion was asked for.' },
    deletionGracePeriodSeconds: {
      type: 'integer',
      format: 'int64',
      description: 'The time it was given to end, in seconds.',
    },
    selfLink: { ...TEXT, description: 'No longer in use.' },
    labels: { ...TEXTS, description: 'Keys and values to select objects by.' },
    annotations: { ...TEXTS, description: 'Keys and values for tools and people.' },
    finalizers: {
      type: 'array',
      items: TEXT,
      'x-kubernetes-list-type': 'set',
      description: 'Whoever must act before the object may go.',
    },
    ownerReferences: {
      type: 'array',
      description: 'The objects that this one depends on.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: {
          apiVersion: { ...TEXT, description: 'The API version of the owner.' },
          kind: { ...TEXT, description: 'The kind of the owner.' },
          name: { ...TEXT, description: 'The name of the owner.' },
          uid: { ...TEXT, description: 'The uid of the owner.' },
          controller: { type: 'boolean', description: 'Whether the owner manages the object.' },
          blockOwnerDeletion: {
            type: 'boolean',
            description: 'Whether the owner stays, in foreground deletion, until this one is gone.',
          },
        },
      },
    },
    managedFields: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      description: 'Who manages which fields. Set by the server.',
      items: {
        type: 'object',
        properties: {
          manager: { ...TEXT, description: 'The name of the manager.' },
          operation: { ...TEXT, description: 'Apply or Update.' },
          apiVersion: { ...TEXT, description: 'The version that the fields are written in.' },
          time: { ...TIME, description: 'When the manager last changed what it manages.' },
          fieldsType: { ...TEXT, description: 'FieldsV1.' },
          fieldsV1: {
            type: 'object',
            'x-kubernetes-preserve-unknown-fields': true,
            description: 'The fields.',
          },
          subresource: { ...TEXT, description: 'The subresource that they were written through.' },
        },
      },
    },
  },
};

/** The whole schema of a kind: its own, with the type and the metadata that all objects have. */
export function withMeta(schema: Schema): Schema {
  return {
    ...schema,
    type: 'object',
    properties: {
      apiVersion: { ...TEXT, description: 'The group and version of the schema of this object.' },
      kind: { ...TEXT, description: 'The kind of this object.' },
      ...schema.properties,
      metadata: OBJECT_META,
    },
  };
}
