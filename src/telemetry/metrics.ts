import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ApiMetrics } from '../apiserver/port.ts';
import type { FrameworkMetrics } from '../mesos/port.ts';
import { createRequestTally } from './request-tally.ts';

/** Everything that one fault domain counts, in one text. */
export function createMetrics(): {
  readonly api: ApiMetrics;
  readonly framework: FrameworkMetrics;
  /** Counts an answer of a coordinator of a disruption budget. */
  coordinatorAnswered(kind: string): void;
  /** Counts a pass of a controller. */
  passed(controller: string): void;
} {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const answers = new Counter({
    name: 'titan_coordinator_answers_total',
    help: 'Answers of coordinators of disruption budgets: Yes, No, or None where there was none.',
    labelNames: ['answer'],
    registers: [registry],
  });
  const passes = new Counter({
    name: 'titan_reconciles_total',
    help: 'Passes of each controller.',
    labelNames: ['controller'],
    registers: [registry],
  });
  return {
    api: createApiMetrics(registry),
    framework: createFrameworkMetrics(registry),
    coordinatorAnswered: (answer) => answers.inc({ answer }),
    passed: (controller) => passes.inc({ controller }),
  };
}

/**
 * Counts of the API's requests, under the names that dashboards for Kubernetes
 * know. The time of a watch is not one of an answer, and is not counted.
 */
function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
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

/** Counts of what goes on between Titan and its Mesos. */
function createFrameworkMetrics(registry: Registry): FrameworkMetrics {
  const registers = [registry];
  const events = new Counter({
    name: 'titan_mesos_events_total',
    help: 'Events of the scheduler stream; "unknown" are those of types that Titan does not know.',
    labelNames: ['type'],
    registers,
  });
  const offers = new Counter({
    name: 'titan_mesos_offers_total',
    help: 'Offers received, and what became of them.',
    labelNames: ['fate'],
    registers,
  });
  const held = new Gauge({
    name: 'titan_mesos_offers_held',
    help: 'Offers that are held now.',
    registers,
  });
  const connected = new Gauge({
    name: 'titan_mesos_connected',
    help: '1 while the framework is subscribed.',
    registers,
  });
  return {
    event: (type) => events.inc({ type }),
    offers: (fate, count) => offers.inc({ fate }, count),
    held: (count) => held.set(count),
    connected: (is) => connected.set(is ? 1 : 0),
  };
}
