import { expect } from 'chai';
import { taskHost } from '../../../controllers/task/host.ts';
import { asTitanError } from '../../../src/api/error.ts';
import { apiVersionOf } from '../../../src/api/kind.ts';
import { AGENT, JOB, TASK } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { originLabels } from '../../../src/api/task-origin.ts';
import { startInformers } from '../../../src/compose/informers.ts';
import type { RunningTask } from '../../../src/mesos/port.ts';
import { createEventRecorder } from '../../../src/runtime/events.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { createRateLimit } from '../../../src/runtime/rate-limit.ts';
import { trackedClient } from '../../../src/runtime/tracked-client.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { aRegistry, quietLog as log } from '../../support/registry.ts';

/** A control plane's ear for Mesos, and a job whose one task runs there without an object. */
async function aWorld(mayBeKnown = () => false) {
  const { client, clock, stop } = await aRegistry();
  const { apiVersion, kind, spec } = aJob();
  const metadata = { name: 'web', namespace: 'default' };
  const job = await client.create(JOB, { apiVersion, kind, metadata, spec });
  const meta = { name: 'agent-1' };
  const own = { apiVersion: apiVersionOf(AGENT), kind: AGENT.kind, metadata: meta, spec: {} };
  const agent = await client.create(AGENT, own);
  await client.updateStatus(AGENT, { ...agent, status: { agentId: 'a1' } });
  const random = seededRandom(1);
  const common = { client, clock, random, log };
  const stopping = new AbortController();
  const filling = startInformers(common, stopping.signal);
  await clock.settle();
  const informers = await filling;
  const answer = Promise.withResolvers<readonly RunningTask[]>();
  const host = taskHost({
    ...{ ...common, ...informers, home: 'dc1', domain: () => undefined, adoptionGraceMs: 300_000 },
    mayBeKnown,
    client: trackedClient(client, Object.values(informers)),
    recorder: createEventRecorder({ ...common, component: 'test' }),
    kills: createRateLimit({ clock, perMinute: () => 100 }),
  });
  host.attach({ kill: async () => {}, shutdown: async () => {}, tasks: () => answer.promise });
  const lost = aTask('0#0 Running', revisionOf(job));
  const owner = { ...lost.metadata.ownerReferences?.[0], uid: job.metadata.uid };
  const ownerReferences = [owner] as NonNullable<typeof lost.metadata.ownerReferences>;
  const labels = originLabels({ ...lost, metadata: { ...lost.metadata, ownerReferences } });
  const at = { taskId: lost.status?.mesosTaskId ?? '', agentId: 'a1' };
  return {
    ...{ clock, host, at },
    /** The master tells of the tasks that it has. */
    answer: () => answer.resolve([{ ...at, state: 'TASK_RUNNING', labels }]),
    phases: async () => (await client.list(TASK)).items.map(({ status }) => status?.phase),
    async stop() {
      stopping.abort();
      await stop();
    },
  };
}

describe('a task that is being adopted', () => {
  it('ends as it did, though its end is told before it has its object', async () => {
    const { clock, host, at, answer, phases, stop } = await aWorld();
    await host.onUpdate({ ...at, state: 'TASK_RUNNING', at: clock.now() });
    const isStored = host.onUpdate({ ...at, state: 'TASK_FINISHED', uuid: 'u1', at: clock.now() });
    await clock.advance(1_000);
    expect(await phases()).to.deep.equal([]);
    answer();
    await clock.advance(1_000);
    await isStored;
    expect(await phases()).to.deep.equal(['Succeeded']);
    await stop();
  });
});

describe('a task whose record may be one that cannot be read', () => {
  it('is told of again: what Mesos says of it is not acknowledged', async () => {
    let isUnreadable = true;
    const { clock, host, at, stop } = await aWorld(() => isUnreadable);
    const end = { ...at, state: 'TASK_FINISHED', at: clock.now() } as const;
    const thrown = await host.onUpdate(end).catch(asTitanError);
    expect(thrown).to.include({ reason: 'ServiceUnavailable' });
    isUnreadable = false;
    expect(await host.onUpdate(end)).to.equal(undefined);
    await stop();
  });
});
