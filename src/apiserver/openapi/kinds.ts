import type { Definition } from '../../registry/port.ts';
import { META_SCHEMAS, SCALE_SCHEMA } from './meta.ts';
import { metaName, schemaName } from './names.ts';
import type { OpenApiSchema, Schemas } from './schema.ts';

/** The schemas of some kinds and their lists, with all that they refer to. */
export function schemasOf(definitions: readonly Definition[]): Schemas {
  const scaled = definitions.some(({ scale }) => scale !== undefined);
  return {
    ...Object.fromEntries(definitions.flatMap(kindSchemas)),
    ...META_SCHEMAS,
    ...(scaled ? SCALE_SCHEMA : {}),
  };
}

function kindSchemas({ kind, listKind, schema }: Definition): [string, OpenApiSchema][] {
  const name = schemaName(kind, kind.kind);
  const { group, version } = kind;
  const { properties } = schema as OpenApiSchema;
  const object: OpenApiSchema = {
    ...(schema as OpenApiSchema),
    type: 'object',
    properties: { ...TYPE_META, ...properties, ...TYPE_META, metadata: METADATA },
    'x-kubernetes-group-version-kind': [{ group, version, kind: kind.kind }],
  };
  const list: OpenApiSchema = {
    description: `${listKind} is a list of ${kind.kind}.`,
    type: 'object',
    required: ['items'],
    properties: {
      ...TYPE_META,
      items: { type: 'array', items: { ref: name }, description: `The list of ${kind.plural}.` },
      metadata: { ref: metaName('ListMeta'), description: 'What the list has beside its items.' },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  };
  return [
    [name, object],
    [schemaName(kind, listKind), list],
  ];
}

const TYPE_META: Schemas = {
  apiVersion: {
    type: 'string',
    description:
      'The group and version that the fields are named in, for example titan.dev/v1beta1.',
  },
  kind: { type: 'string', description: 'What this object is, for example Job.' },
};

const METADATA: OpenApiSchema = {
  ref: metaName('ObjectMeta'),
  description: 'The identity of the object: its name, namespace, labels and the like.',
};
