import { CONFIG_MAP, SECRET, SERVICE_ACCOUNT } from '../../api/builtin.ts';
import {
  builtIn,
  bytesByName,
  list,
  listByKeys,
  object,
  reference,
  text,
  textsByName,
  truth,
} from './fields.ts';

export const configMap = builtIn(CONFIG_MAP, {
  schema: object('ConfigMap holds settings.', {
    data: textsByName('Texts by name.'),
    binaryData: bytesByName('Bytes by name, in base64.'),
    immutable: truth('Whether it can no longer be changed.'),
  }),
  shortNames: ['cm'],
});

export const secret = builtIn(SECRET, {
  schema: object('Secret holds what not everybody may read: passwords, keys, tokens.', {
    data: bytesByName('Bytes by name, in base64.'),
    stringData: textsByName(
      'Texts by name, for writing only: they are put into data, before what is there under that name.',
    ),
    type: {
      ...text('What it is for, such as Opaque or kubernetes.io/tls. It can not be changed.'),
      default: 'Opaque',
    },
    immutable: truth('Whether it can no longer be changed.'),
  }),
  selectableFields: ['.type'],
});

export const serviceAccount = builtIn(SERVICE_ACCOUNT, {
  schema: object('ServiceAccount is who a program is, as opposed to a person.', {
    secrets: listByKeys('The secrets that it may use.', ['name'], reference('A secret.')),
    imagePullSecrets: {
      ...list(
        'The secrets to fetch images with.',
        object('A secret.', { name: text('Its name.') }),
      ),
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
    },
    automountServiceAccountToken: truth('Whether tasks that run as it are given its token.'),
  }),
  shortNames: ['sa'],
  parts: [
    {
      name: 'token',
      verbs: ['create'],
      kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    },
  ],
});
