import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ApiMetrics } from '../apiserver/port.ts';
import { createRequestTally } from './request-tally.ts';

/**
 * Counts of the process and of the API's requests, under the names that dashboards for Kubernetes
 * know. The time of a watch is not one of an answer, and is not counted.
 */
export function createApiMetrics(): ApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const tally = createRequestTally();
  const watches = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Watches that are open.',
    labelNames: ['verb', 'group', 'version', 'resource'],
    registers,
  });
  return {
    answered: tally.answered,
    watching({ group, version, resource }) {
      const labels = { verb: 'WATCH', group, version, resource };
      watches.inc(labels);
      return () => watches.dec(labels);
    },
    async text() {
      const process = await registry.metrics();
      return { contentType: registry.contentType, body: `${process}\n${tally.text()}` };
    },
  };
}
