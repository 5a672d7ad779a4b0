import { dump } from 'js-yaml';
import type { KeyPair } from '../auth/port.ts';

export interface Place {
  readonly name: string;
  readonly url: string;
}

export interface KubeconfigOptions {
  readonly places: readonly Place[];
  /** Who signed the servers' certificates, as PEM. */
  readonly authority: string;
  /** Whom the file lets in. */
  readonly user: KeyPair;
}

/** A kubeconfig with one context a fault domain; the first one is current. */
export function kubeconfigText({ places, authority, user }: KubeconfigOptions): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': places[0]?.name,
    clusters: places.map(({ name, url }) => ({
      name,
      cluster: { server: url, 'certificate-authority-data': base64(authority) },
    })),
    users: [
      {
        name: 'titan-admin',
        user: {
          'client-certificate-data': base64(user.certificate),
          'client-key-data': base64(user.key),
        },
      },
    ],
    contexts: places.map(({ name }) => ({
      name,
      context: { cluster: name, user: 'titan-admin', namespace: 'default' },
    })),
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
