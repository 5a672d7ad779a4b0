import { CUSTOM_RESOURCE_DEFINITION } from '../../api/builtin.ts';
import { builtIn, list, moment, object, text, texts, truth } from '../builtin/fields.ts';
import type { Definition, Schema } from '../port.ts';

function needs(schema: Schema, ...required: readonly string[]): Schema {
  return { ...schema, required };
}

const names = (description: string) =>
  object(description, {
    plural: text('The name of the kind in URLs, such as crontabs.'),
    singular: text('The name for one object; the kind in lower case unless told.'),
    kind: text('The kind of one object, such as CronTab.'),
    listKind: text('The kind of a list; the kind and List unless told.'),
    shortNames: texts('Shorter names for the command line.'),
    categories: texts('Groups of kinds that it belongs to, such as all.'),
  });

const column = needs(
  object('A column of tables.', {
    name: text('The head of the column.'),
    type: text('What the cells are: integer, number, string, boolean or date.'),
    format: text('More about the type, such as int32 or password.'),
    description: text('What the column shows.'),
    priority: { type: 'integer', format: 'int32', description: '0 is always shown.' },
    jsonPath: text('What of the object is shown, such as .spec.replicas.'),
  }),
  'name',
  'type',
  'jsonPath',
);

const subresources = object('What else is served below an object.', {
  status: {
    type: 'object',
    description: 'Serves /status: status is written there and nowhere else.',
  },
  scale: needs(
    object('Serves /scale.', {
      specReplicasPath: text('Where the wanted number is, such as .spec.replicas.'),
      statusReplicasPath: text('Where the present number is, such as .status.replicas.'),
      labelSelectorPath: text('Where a selector in text form is.'),
    }),
    'specReplicasPath',
    'statusReplicasPath',
  ),
});

const version = needs(
  object('One version of the kind.', {
    name: text('The name of the version, such as v1beta1.'),
    served: truth('Whether it is served.'),
    storage: truth('Whether objects are stored in this version; exactly one is.'),
    deprecated: truth('Whether requests for it are answered with a warning.'),
    deprecationWarning: text('The warning.'),
    schema: object('What objects look like.', {
      openAPIV3Schema: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        'x-kubernetes-map-type': 'atomic',
        description: 'A structural OpenAPI v3 schema.',
      },
    }),
    subresources,
    additionalPrinterColumns: list('The columns of tables.', column),
    selectableFields: list(
      'Fields that field selectors may name.',
      needs(
        object('A field.', { jsonPath: text('Where it is, such as .spec.owner.') }),
        'jsonPath',
      ),
    ),
  }),
  'name',
  'served',
  'storage',
);

const spec = needs(
  object('The kind.', {
    group: text('The group of the kind, such as stable.example.com.'),
    names: needs(names('The names of the kind.'), 'kind', 'plural'),
    scope: text('Namespaced or Cluster.'),
    versions: list('The versions of the kind.', version),
    conversion: needs(
      object('How objects are turned from one version into another.', {
        strategy: text('None: only apiVersion changes.'),
        webhook: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          description: 'Not supported.',
        },
      }),
      'strategy',
    ),
    preserveUnknownFields: truth('Must be false.'),
  }),
  'group',
  'names',
  'scope',
  'versions',
);

const status = object('Whether the kind is served.', {
  conditions: {
    type: 'array',
    description: 'NamesAccepted, Established and Terminating.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
    items: needs(
      object('A condition.', {
        type: text('What it is about.'),
        status: text('True, False or Unknown.'),
        reason: text('Why, as one word.'),
        message: text('Why, for people.'),
        lastTransitionTime: moment('When its status last changed.'),
        observedGeneration: {
          type: 'integer',
          format: 'int64',
          description: 'The generation that it is about.',
        },
      }),
      'type',
      'status',
    ),
  },
  acceptedNames: names('The names that are served.'),
  storedVersions: texts('Versions that objects may be stored in.'),
  observedGeneration: {
    type: 'integer',
    format: 'int64',
    description: 'The generation that the status is about.',
  },
});

/** The kind of the definitions of kinds. */
export const customResourceDefinition: Definition = builtIn(CUSTOM_RESOURCE_DEFINITION, {
  schema: {
    ...object('CustomResourceDefinition describes a kind that is served beside the others.', {
      spec,
      status,
    }),
    required: ['spec'],
  },
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  status: true,
  columns: [{ name: 'Created At', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
});
