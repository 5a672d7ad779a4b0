import { CONFIG_MAP, CUSTOM_RESOURCE_DEFINITION, EVENT, NAMESPACE } from '../api/builtin.ts';
import type { Kind } from '../api/kind.ts';
import type { Definition, Schema } from './port.ts';
import { withMeta } from './schema/object-meta.ts';

export const LEASE: Kind = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

export const ALL_VERBS = [
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
] as const;

const AGE = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

function text(description: string): Schema {
  return { type: 'string', description };
}

function count(description: string): Schema {
  return { type: 'integer', format: 'int32', description };
}

function moment(description: string): Schema {
  return { type: 'string', format: 'date-time', nullable: true, description };
}

function object(description: string, properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', description, properties };
}

function reference(description: string): Schema {
  return object(description, {
    apiVersion: text('The API version of the object.'),
    kind: text('The kind of the object.'),
    namespace: text('The namespace of the object.'),
    name: text('The name of the object.'),
    uid: text('The uid of the object.'),
    resourceVersion: text('The version of the object.'),
    fieldPath: text('The part of the object.'),
  });
}

const eventSchema: Schema = {
  ...object('Event says what happened to an object.', {
    involvedObject: reference('What it happened to.'),
    related: reference('Another object that had part in it.'),
    reason: text('Why, as one word for programs.'),
    message: text('What happened, for people.'),
    type: text('Normal or Warning.'),
    action: text('What was done or failed.'),
    source: object('Who says so.', {
      component: text('The component.'),
      host: text('The machine that it runs on.'),
    }),
    firstTimestamp: moment('When it happened first.'),
    lastTimestamp: moment('When it happened last.'),
    eventTime: moment('When it happened first, to the microsecond.'),
    count: count('How often it happened.'),
    series: object('A row of like events.', {
      count: count('How many there are.'),
      lastObservedTime: moment('When the last one came.'),
    }),
    reportingComponent: text('The controller that says so.'),
    reportingInstance: text('The process of the controller.'),
  }),
  required: ['involvedObject'],
};

const namespaceSchema = object('Namespace is a space for names.', {
  spec: object('What it should be.', {
    finalizers: {
      type: 'array',
      items: { type: 'string' },
      'x-kubernetes-list-type': 'atomic',
      description: 'Whoever must act before it may go.',
    },
  }),
  status: object('What it is.', {
    phase: text('Active or Terminating.'),
    conditions: {
      type: 'array',
      description: 'What its end waits for.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        ...object('A condition.', {
          type: text('What it is about.'),
          status: text('True, False or Unknown.'),
          reason: text('Why, as one word.'),
          message: text('Why, for people.'),
          lastTransitionTime: moment('When its status last changed.'),
        }),
        required: ['type', 'status'],
      },
    },
  }),
});

const configMapSchema = object('ConfigMap holds settings.', {
  data: { type: 'object', additionalProperties: { type: 'string' }, description: 'Texts by name.' },
  binaryData: {
    type: 'object',
    additionalProperties: { type: 'string', format: 'byte' },
    description: 'Bytes by name, in base64.',
  },
  immutable: { type: 'boolean', description: 'Whether it can no longer be changed.' },
});

const leaseSchema = object('Lease says who leads, and until when.', {
  spec: object('Who leads.', {
    holderIdentity: text('Who holds it.'),
    leaseDurationSeconds: count('How long it holds after a renewal.'),
    acquireTime: moment('When it was taken.'),
    renewTime: moment('When it was last renewed.'),
    leaseTransitions: count('How often it changed hands.'),
    strategy: text('How the next holder is chosen.'),
    preferredHolder: text('Who should hold it.'),
  }),
});

const definitionSchema: Schema = {
  ...object('CustomResourceDefinition describes a kind.', {
    spec: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      description: 'The kind.',
    },
    status: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      description: 'Whether it is served.',
    },
  }),
};

function builtIn(kind: Kind, more: Partial<Definition> & { readonly schema: Schema }): Definition {
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

const EVENT_FIELDS = [
  '.involvedObject.kind',
  '.involvedObject.namespace',
  '.involvedObject.name',
  '.involvedObject.uid',
  '.involvedObject.apiVersion',
  '.involvedObject.resourceVersion',
  '.involvedObject.fieldPath',
  '.reason',
  '.reportingComponent',
  '.type',
];

/** The kinds that Kubernetes' tools expect beside those of the CustomResourceDefinitions. */
export const BUILT_IN: readonly Definition[] = [
  builtIn(NAMESPACE, {
    schema: namespaceSchema,
    shortNames: ['ns'],
    verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
    status: true,
    columns: [{ name: 'Status', type: 'string', jsonPath: '.status.phase' }, AGE],
    selectableFields: ['.status.phase'],
  }),
  builtIn(EVENT, {
    schema: eventSchema,
    shortNames: ['ev'],
    columns: [
      { name: 'Last Seen', type: 'date', jsonPath: '.lastTimestamp' },
      { name: 'Type', type: 'string', jsonPath: '.type' },
      { name: 'Reason', type: 'string', jsonPath: '.reason' },
      { name: 'Kind', type: 'string', jsonPath: '.involvedObject.kind' },
      { name: 'Object', type: 'string', jsonPath: '.involvedObject.name' },
      { name: 'Count', type: 'integer', jsonPath: '.count', priority: 1 },
      { name: 'Message', type: 'string', jsonPath: '.message' },
    ],
    selectableFields: EVENT_FIELDS,
  }),
  builtIn(CONFIG_MAP, { schema: configMapSchema, shortNames: ['cm'] }),
  builtIn(LEASE, {
    schema: leaseSchema,
    columns: [{ name: 'Holder', type: 'string', jsonPath: '.spec.holderIdentity' }, AGE],
  }),
  builtIn(CUSTOM_RESOURCE_DEFINITION, {
    schema: definitionSchema,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    verbs: ['get', 'list', 'watch'],
    columns: [{ name: 'Created At', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  }),
];
