import type { Cause } from '../../api/error.ts';
import { isSubdomainName } from '../../api/name.ts';
import { invalidValue, notSupported, required } from '../causes.ts';
import type { Crd } from './document.ts';

const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_MAX = 63;
const LABEL_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, " +
  "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is " +
  "'[a-z]([-a-z0-9]*[a-z0-9])?')";
const MIXED = `may have mixed case, but should otherwise match: ${LABEL_RULE}`;
const APPROVAL = 'api-approved.kubernetes.io';
const SHORT_NAMES_MAX = 32;

/** What is wrong with the names of a kind: its group, scope, plural, kind and so on. */
export function nameCauses(crd: Crd): readonly Cause[] {
  const { group, names, scope } = crd.spec;
  return [
    ...groupCauses(crd),
    ...(scope === 'Namespaced' || scope === 'Cluster'
      ? []
      : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])]),
    ...labelCauses('spec.names.plural', names.plural, LABEL_RULE),
    ...labelCauses('spec.names.singular', names.singular, LABEL_RULE),
    ...labelCauses('spec.names.kind', names.kind, MIXED),
    ...labelCauses('spec.names.listKind', names.listKind, MIXED),
    ...(names.kind === names.listKind
      ? [
          invalidValue(
            'spec.names.listKind',
            names.listKind,
            'kind and listKind may not be the same',
          ),
        ]
      : []),
    ...listCauses('spec.names.shortNames', names.shortNames ?? []),
    ...listCauses('spec.names.categories', names.categories ?? []),
    ...(crd.metadata.name === `${names.plural}.${group}`
      ? []
      : [
          invalidValue(
            'metadata.name',
            crd.metadata.name,
            'must be spec.names.plural+"."+spec.group',
          ),
        ]),
  ];
}

function groupCauses({ spec: { group }, metadata }: Crd): readonly Cause[] {
  if (group === '') return [required('spec.group')];
  if (!isSubdomainName(group)) {
    const why =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
    return [invalidValue('spec.group', group, why)];
  }
  if (!group.includes('.')) {
    return [invalidValue('spec.group', group, 'should be a domain with at least one dot')];
  }
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  if (!isProtected || metadata.annotations?.[APPROVAL]) return [];
  const why = `protected groups must have approval annotation "${APPROVAL}", see https://github.com/kubernetes/enhancements/pull/1111`;
  return [required(`metadata.annotations[${APPROVAL}]`, why)];
}

function labelCauses(path: string, name: string | undefined, rule: string): readonly Cause[] {
  if (name === undefined || name === '') return [required(path)];
  const asLabel = rule === MIXED ? name.toLowerCase() : name;
  if (name.length > LABEL_MAX) {
    return [invalidValue(path, name, `must be no more than ${LABEL_MAX} characters`)];
  }
  return LABEL.test(asLabel) ? [] : [invalidValue(path, name, rule)];
}

function listCauses(path: string, names: readonly string[]): readonly Cause[] {
  if (names.length > SHORT_NAMES_MAX) {
    return [invalidValue(path, names.length, `must have at most ${SHORT_NAMES_MAX} items`)];
  }
  return names.flatMap((name, index) => labelCauses(`${path}[${index}]`, name, LABEL_RULE));
}
