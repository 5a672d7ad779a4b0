import { TitanError } from '../api/error.ts';
import { ALL_VERBS } from './builtin/verbs.ts';
import type { KindSpec, Version } from './crd/document.ts';
import { atPath, field, isRecord } from './json.ts';
import type { Definition, PrinterColumn } from './port.ts';
import { withMeta } from './schema/object-meta.ts';

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
};

export interface DefinitionOptions {
  /** The kind is going: what is there may be read and deleted, and nothing may be added. */
  readonly isEnding?: boolean;
}

/**
 * What a CustomResourceDefinition serves, one definition a served version.
 * @throws TitanError Invalid where the document lacks what it needs
 */
export function definitionsOf(
  document: unknown,
  options: DefinitionOptions = {},
): readonly Definition[] {
  const { spec } = checked(document);
  return spec.versions
    .filter(({ served }) => served)
    .map((version) => toDefinition(spec, version, options));
}

function toDefinition(
  { group, scope, names }: KindSpec,
  version: Version,
  { isEnding = false }: DefinitionOptions,
): Definition {
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
    verbs: isEnding ? ALL_VERBS.filter((verb) => verb !== 'create') : ALL_VERBS,
    schema: withMeta(schema.openAPIV3Schema),
    columns,
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath),
    status: subresources.status !== undefined,
    ...(subresources.scale === undefined ? {} : { scale: subresources.scale }),
    ...(version.deprecated ? { deprecation: deprecationOf(group, names.kind, version) } : {}),
    builtIn: false,
  };
}

function deprecationOf(group: string, kind: string, version: Version): string {
  return version.deprecationWarning ?? `${group}/${version.name} ${kind} is deprecated`;
}

const NEEDED = [
  '.metadata.name',
  '.spec.group',
  '.spec.scope',
  '.spec.names.kind',
  '.spec.names.plural',
];

function checked(document: unknown): { readonly spec: KindSpec } {
  const name = String(atPath(document, '.metadata.name') ?? '');
  const missing = NEEDED.filter((path) => typeof atPath(document, path) !== 'string');
  const versions = atPath(document, '.spec.versions');
  const whole =
    Array.isArray(versions) &&
    versions.length > 0 &&
    versions.every((version) => isRecord(field(field(version, 'schema'), 'openAPIV3Schema')));
  if (whole && missing.length === 0) return document as { readonly spec: KindSpec };
  const lacks = whole ? missing : [...missing, '.spec.versions[].schema.openAPIV3Schema'];
  const message = `CustomResourceDefinition "${name}" is invalid: it lacks ${lacks.join(', ')}`;
  throw new TitanError('Invalid', message);
}
