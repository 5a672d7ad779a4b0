import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiMetrics } from '../apiserver/port.ts';

const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/**
 * Counts of the process and of the API's requests, under the names that dashboards for Kubernetes
 * know. The time of a watch is not one of an answer, and is not counted.
 */
export function createApiMetrics(): ApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'apiserver_request_total',
    help: 'Answered requests.',
    labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'How long requests took, without watches.',
    labelNames: ['verb', 'group', 'version', 'resource', 'subresource'],
    buckets: SECONDS,
    registers,
  });
  const watches = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Watches that are open.',
    labelNames: ['verb', 'group', 'version', 'resource'],
    registers,
  });
  return {
    answered({ seconds, code, ...labels }) {
      requests.inc({ ...labels, code });
      if (labels.verb !== 'WATCH') durations.observe(labels, seconds);
    },
    watching({ group, version, resource }) {
      const labels = { verb: 'WATCH', group, version, resource };
      watches.inc(labels);
      return () => watches.dec(labels);
    },
    async text() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
