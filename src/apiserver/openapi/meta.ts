import { metaName, SCALE_NAME } from './names.ts';
import type { OpenApiSchema, Schemas } from './schema.ts';

/** The schemas that every kind refers to: metadata, options and answers. */
export const META_SCHEMAS: Schemas = {
  [metaName('ObjectMeta')]: {
    description:
      'ObjectMeta is what every stored object has: its identity, its labels, its history.',
    type: 'object',
    properties: {
      name: text('The name, unique among the objects of a kind in a namespace. It never changes.'),
      generateName: text('A prefix from which the server makes a name where none is given.'),
      namespace: text('The namespace that the name is unique in. It never changes.'),
      uid: text('The identity of this object in time and space. Set by the server.'),
      resourceVersion: text('The version of the object, for conflicts and watches. Opaque.'),
      generation: { ...int64(), description: 'Counts the changes of what should be.' },
      creationTimestamp: time('When the object was created. Set by the server.'),
      deletionTimestamp: time('When deletion was asked for. Set by the server.'),
      deletionGracePeriodSeconds: {
        ...int64(),
        description: 'How many seconds the object may take to end. Set by the server.',
      },
      labels: map('Words by which objects are selected, for example app: web.'),
      annotations: map('Further words about the object, for tools and people. Not selectable.'),
      finalizers: {
        ...list({ type: 'string' }, 'Who must agree before the object is removed.'),
        'x-kubernetes-list-type': 'set',
        'x-kubernetes-patch-strategy': 'merge',
      },
      ownerReferences: {
        ...list({ ref: metaName('OwnerReference') }, 'Objects without which this one is removed.'),
        'x-kubernetes-list-map-keys': ['uid'],
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-patch-merge-key': 'uid',
        'x-kubernetes-patch-strategy': 'merge',
      },
      managedFields: list(
        { ref: metaName('ManagedFieldsEntry') },
        'Who wrote which fields, for server-side apply. Set by the server.',
      ),
    },
  },
  [metaName('OwnerReference')]: {
    description: 'OwnerReference names an object that owns this one.',
    type: 'object',
    required: ['apiVersion', 'kind', 'name', 'uid'],
    properties: {
      apiVersion: text('The group and version of the owner.'),
      kind: text('The kind of the owner.'),
      name: text('The name of the owner.'),
      uid: text('The identity of the owner.'),
      controller: { type: 'boolean', description: 'Whether the owner also controls this object.' },
      blockOwnerDeletion: {
        type: 'boolean',
        description: 'Whether the owner, deleted in the foreground, waits for this object.',
      },
    },
  },
  [metaName('ManagedFieldsEntry')]: {
    description: 'ManagedFieldsEntry says which fields one manager wrote.',
    type: 'object',
    properties: {
      manager: text('The program or person that wrote.'),
      operation: text('How it wrote: Apply or Update.'),
      apiVersion: text('The version that the fields are named in.'),
      time: time('When it last wrote something else than before.'),
      fieldsType: text('FieldsV1.'),
      fieldsV1: { ref: metaName('FieldsV1'), description: 'The fields.' },
      subresource: text('The subresource that was written through.'),
    },
  },
  [metaName('FieldsV1')]: { description: 'FieldsV1 is a set of fields as a trie.', type: 'object' },
  [metaName('Time')]: {
    description: 'Time is a moment in RFC 3339 form.',
    type: 'string',
    format: 'date-time',
  },
  [metaName('ListMeta')]: {
    description: 'ListMeta is what a list has beside its items.',
    type: 'object',
    properties: {
      continue: text('Given where there is more: the next page is asked for with it.'),
      remainingItemCount: { ...int64(), description: 'How many items come after this page.' },
      resourceVersion: text('The version of the list, from which a watch goes on.'),
      selfLink: text('Not used.'),
    },
  },
  [metaName('DeleteOptions')]: {
    description: 'DeleteOptions says how to delete.',
    type: 'object',
    properties: {
      apiVersion: text('The version of these options.'),
      kind: text('DeleteOptions.'),
      dryRun: list({ type: 'string' }, 'All: nothing is deleted, only checked.'),
      gracePeriodSeconds: { ...int64(), description: 'How many seconds the object may take.' },
      orphanDependents: { type: 'boolean', description: 'Old form of propagationPolicy.' },
      preconditions: { ref: metaName('Preconditions') },
      propagationPolicy: text('What becomes of dependents: Foreground, Background or Orphan.'),
    },
    'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'DeleteOptions' }],
  },
  [metaName('Preconditions')]: {
    description: 'Preconditions must hold for a deletion to be done.',
    type: 'object',
    properties: {
      uid: text('The identity that the object must have.'),
      resourceVersion: text('The version that the object must have.'),
    },
  },
  [metaName('Patch')]: { description: 'Patch is a change of an object.', type: 'object' },
  [metaName('Status')]: {
    description: 'Status is the answer where no object is returned.',
    type: 'object',
    properties: {
      apiVersion: text('v1.'),
      kind: text('Status.'),
      metadata: { ref: metaName('ListMeta') },
      status: text('Success or Failure.'),
      message: text('What went wrong, for people.'),
      reason: text('What went wrong, as one word for programs.'),
      details: { type: 'object', description: 'What the failure is about, and its causes.' },
      code: { type: 'integer', format: 'int32', description: 'The HTTP code.' },
    },
    'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Status' }],
  },
};

/** The answer of the scale subresource. */
export const SCALE_SCHEMA: Schemas = {
  [SCALE_NAME]: {
    description: 'Scale is the size of something that can be scaled.',
    type: 'object',
    properties: {
      apiVersion: text('autoscaling/v1.'),
      kind: text('Scale.'),
      metadata: { ref: metaName('ObjectMeta') },
      spec: {
        type: 'object',
        description: 'What should be.',
        properties: { replicas: { type: 'integer', format: 'int32', description: 'How many.' } },
      },
      status: {
        type: 'object',
        description: 'What is.',
        properties: {
          replicas: { type: 'integer', format: 'int32', description: 'How many.' },
          selector: text('How to select what is counted.'),
        },
      },
    },
    'x-kubernetes-group-version-kind': [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }],
  },
};

function text(description: string): OpenApiSchema {
  return { type: 'string', description };
}

function time(description: string): OpenApiSchema {
  return { ref: metaName('Time'), description };
}

function map(description: string): OpenApiSchema {
  return { type: 'object', additionalProperties: { type: 'string' }, description };
}

function list(items: OpenApiSchema, description: string): OpenApiSchema {
  return { type: 'array', items, description };
}

function int64(): OpenApiSchema {
  return { type: 'integer', format: 'int64' };
}
