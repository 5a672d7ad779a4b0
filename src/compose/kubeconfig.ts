import { dump } from 'js-yaml';

export interface Place {
  readonly name: string;
  readonly url: string;
}

/** A kubeconfig with one context a fault domain; the first one is current. */
export function kubeconfigText(places: readonly Place[]): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': places[0]?.name,
    clusters: places.map(({ name, url }) => ({
      name,
      // Client libraries refuse plain HTTP, also on loopback, unless this says so.
      cluster: { server: url, 'insecure-skip-tls-verify': true },
    })),
    users: [{ name: 'titan', user: {} }],
    contexts: places.map(({ name }) => ({
      name,
      context: { cluster: name, user: 'titan', namespace: 'default' },
    })),
  });
}
