import type { TestApi } from './api-server.ts';

/** A kubeconfig for a test's API server, whose user may do everything. Clients that only know files take its JSON. */
export function kubeconfigFor(api: TestApi): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: api.url } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    users: [{ name: 'test', user: {} }],
    'current-context': 'test',
  };
}
