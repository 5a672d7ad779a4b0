import { runCollector } from '../../controllers/gc/collector.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createEventRecorder } from '../../src/runtime/events.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { quietLog } from './registry.ts';
import { type SecureApi, startSecureApi } from './secure-api.ts';

/** All that a client of Kubernetes meets in an API server: TLS, certificates, roles, and garbage that is collected. */
export interface ClientApi extends SecureApi {
  /** Of a user who may do everything. */
  readonly kubeconfigText: string;
}

export async function startClientApi(): Promise<ClientApi> {
  const api = await startSecureApi();
  const client = api.registry.client({ manager: 'titan' });
  const common = { client, clock: systemClock(), random: systemRandom(), log: quietLog };
  const recorder = createEventRecorder({ ...common, component: 'test' });
  const collector = runCollector({ ...common, recorder, kinds: api.registry });
  return {
    ...api,
    kubeconfigText: api.kubeconfig(api.admin),
    async stop() {
      await collector.stop();
      await api.stop();
    },
  };
}
