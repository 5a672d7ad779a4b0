import { TitanError } from '../api/error.ts';
import { ALL_VERBS } from './builtin-kinds.ts';
import { atPath, field, isRecord } from './json.ts';
import type { Definition, PrinterColumn, Schema } from './port.ts';
import { withMeta } from './schema/object-meta.ts';

/** A CustomResourceDefinition as it is written in YAML; what we need of it. */
interface Document {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly listKind?: string;
      readonly singular?: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly versions: readonly Version[];
  };
}

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly subresources?: { readonly status?: object; readonly scale?: Definition['scale'] };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: ReadonlyArray<{ readonly jsonPath: string }>;
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
};

/**
 * What a CustomResourceDefinition serves, one definition a served version.
 * @throws TitanError Invalid where the document lacks what it needs
 */
export function definitionsOf(document: unknown): readonly Definition[] {
  const { spec } = checked(document);
  return spec.versions.filter(({ served }) => served).map((version) => toDefinition(spec, version));
}

function toDefinition({ group, scope, names }: Document['spec'], version: Version): Definition {
  const { schema, subresources = {}, additionalPrinterColumns: columns = [AGE] } = version;
  return {
    kind: {
      group,
      version: version.name,
      kind: names.kind,
      plural: names.plural,
      namespaced: scope === 'Namespaced',
    },
    listKind: names.listKind ?? `${names.kind}List`,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: ALL_VERBS,
    schema: withMeta(schema.openAPIV3Schema),
    columns,
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath),
    status: subresources.status !== undefined,
    ...(subresources.scale === undefined ? {} : { scale: subresources.scale }),
    builtIn: false,
  };
}

const NEEDED = [
  '.metadata.name',
  '.spec.group',
  '.spec.scope',
  '.spec.names.kind',
  '.spec.names.plural',
];

function checked(document: unknown): Document {
  const name = String(atPath(document, '.metadata.name') ?? '');
  const missing = NEEDED.filter((path) => typeof atPath(document, path) !== 'string');
  const versions = atPath(document, '.spec.versions');
  const whole =
    Array.isArray(versions) &&
    versions.length > 0 &&
    versions.every((version) => isRecord(field(field(version, 'schema'), 'openAPIV3Schema')));
  if (whole && missing.length === 0) return document as Document;
  const lacks = whole ? missing : [...missing, '.spec.versions[].schema.openAPIV3Schema'];
  const message = `CustomResourceDefinition "${name}" is invalid: it lacks ${lacks.join(', ')}`;
  throw new TitanError('Invalid', message);
}
