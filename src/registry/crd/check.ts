import type { Cause } from '../../api/error.ts';
import type { ApiObject } from '../../api/object.ts';
import { invalidValue, notSupported, required } from '../causes.ts';
import { ruleCauses } from '../cel/declare.ts';
import type { Language } from '../cel/language.ts';
import { isEqual } from '../json.ts';
import { defaultCauses } from './defaults.ts';
import type { Crd, KindSpec, Version } from './document.ts';
import { isTrue } from './document.ts';
import { nameCauses } from './names.ts';
import { showCauses } from './show.ts';
import { structuralCauses } from './structural.ts';

/** The encoded schemas of one definition, and the versions it may have. */
const SCHEMA_BYTES_MAX = 1_048_576;
const VERSIONS_MAX = 50;

/**
 * What is wrong with a CustomResourceDefinition that has the shape of one: its names, its versions, and
 * whether their schemas are structural; on an update also what may not be changed.
 */
export function crdCauses(
  language: Language,
  object: ApiObject,
  old: ApiObject | undefined,
): readonly Cause[] {
  const crd = object as Crd;
  const before = old as Crd | undefined;
  const causes = [...nameCauses(crd), ...conversionCauses(crd.spec), ...versionsCauses(crd.spec)];
  if (before !== undefined) causes.push(...changeCauses(crd, before), ...storedCauses(crd));
  const isSame = before !== undefined && isEqual(before.spec.versions, crd.spec.versions);
  if (isSame || crd.spec.versions.length > VERSIONS_MAX) return causes;
  return [
    ...causes,
    ...crd.spec.versions.flatMap((version, index) =>
      versionCauses(language, version, `spec.versions[${index}]`),
    ),
  ];
}

function conversionCauses(spec: KindSpec): readonly Cause[] {
  const { conversion, preserveUnknownFields } = spec as KindSpec & {
    readonly conversion?: { readonly strategy: string; readonly webhook?: unknown };
    readonly preserveUnknownFields?: boolean;
  };
  const causes: Cause[] = [];
  if (preserveUnknownFields === true) {
    const why =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    causes.push(invalidValue('spec.preserveUnknownFields', true, why));
  }
  if (conversion === undefined || conversion.strategy === 'None') return causes;
  const path = 'spec.conversion.strategy';
  const { message, ...rest } = notSupported(path, conversion.strategy, ['None']);
  const why = `${message}: Titan converts between versions by their apiVersion only and calls no webhooks`;
  return [...causes, { ...rest, message: why }];
}

const DNS_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

function versionsCauses({ versions }: KindSpec): readonly Cause[] {
  const path = 'spec.versions';
  const causes: Cause[] = [];
  const names = versions.map(({ name }) => name);
  if (versions.length > VERSIONS_MAX) {
    causes.push(invalidValue(path, versions.length, `must have at most ${VERSIONS_MAX} items`));
  }
  if (new Set(names).size < names.length) {
    causes.push(invalidValue(path, names, 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    const why = 'must have exactly one version marked as storage version';
    causes.push(invalidValue(path, names, why));
  }
  for (const [index, name] of names.entries()) {
    if (DNS_LABEL.test(name)) continue;
    const why =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    causes.push(invalidValue(`${path}[${index}].name`, name, why));
  }
  return causes;
}

function versionCauses(language: Language, version: Version, path: string): readonly Cause[] {
  const schema = version.schema?.openAPIV3Schema;
  const at = `${path}.schema.openAPIV3Schema`;
  if (schema === undefined) return [required(at, 'schemas are required')];
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > SCHEMA_BYTES_MAX) {
    return [invalidValue(at, bytes, `must have at most ${SCHEMA_BYTES_MAX} bytes`)];
  }
  const warning =
    version.deprecationWarning !== undefined && version.deprecated !== true
      ? [
          invalidValue(
            `${path}.deprecationWarning`,
            version.deprecationWarning,
            'can only be set for deprecated versions',
          ),
        ]
      : [];
  const structural = structuralCauses(schema, at);
  if (structural.length > 0) return [...warning, ...structural];
  return [
    ...warning,
    ...defaultCauses(schema, at),
    ...ruleCauses(language, schema, at),
    ...showCauses(version, path),
  ];
}

/** What may not be changed once the kind is established. */
function changeCauses(crd: Crd, old: Crd): readonly Cause[] {
  const fixed: readonly (readonly [string, unknown, unknown])[] = [
    ['spec.group', crd.spec.group, old.spec.group],
    ['spec.names.plural', crd.spec.names.plural, old.spec.names.plural],
    ...(isTrue(old, 'Established')
      ? ([
          ['spec.scope', crd.spec.scope, old.spec.scope],
          ['spec.names.kind', crd.spec.names.kind, old.spec.names.kind],
        ] as const)
      : []),
  ];
  return fixed
    .filter(([, now, before]) => now !== before)
    .map(([path, now]) => invalidValue(path, now, 'field is immutable'));
}

function storedCauses({ spec, status }: Crd): readonly Cause[] {
  const names = spec.versions.map(({ name }) => name);
  return (status?.storedVersions ?? []).flatMap((stored, index) => {
    if (names.includes(stored)) return [];
    const why = `missing from spec.versions; ${stored} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${stored} and removes ${stored} from status.storedVersions`;
    return [invalidValue(`status.storedVersions[${index}]`, stored, why)];
  });
}
