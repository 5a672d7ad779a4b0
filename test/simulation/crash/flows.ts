import { apiVersionOf } from '../../../src/api/kind.ts';
import { JOB, type Job, TASK, VOLUME, type Volume } from '../../../src/api/kinds.gen.ts';
import { type Draft, keyOf } from '../../../src/api/object.ts';
import type { Place, World } from '../world.ts';

const WEB = { namespace: 'default', name: 'web' };

export interface Stage {
  readonly world: World;
  readonly place: Place;
}
export type Flow = (stage: Stage) => Promise<void>;

async function change({ world, place }: Stage, spec: Partial<Job['spec']>): Promise<void> {
  const job = await place.client.get(JOB, WEB);
  await world.wait(place.client.update(JOB, { ...job, spec: { ...job.spec, ...spec } }));
}

/** What is done to a domain where a job of three tasks runs. */
export const FLOWS: Readonly<Record<string, Flow>> = {
  launch: ({ world, place }) => world.wait(place.apply({ location: 'dc1:2' }, 'other')),
  'scale up': (stage) => change(stage, { location: 'dc1:5' }),
  'scale down': (stage) => change(stage, { location: 'dc1:1' }),
  update: (stage) => change(stage, { version: '2' }),
  async rollback(stage) {
    await change(stage, { version: '2' });
    await stage.world.clock.advance(2_000);
    await change(stage, { version: '1' });
  },
  async kill({ world, place }) {
    const [task] = await place.tasks();
    if (task !== undefined) await world.wait(place.client.delete(TASK, keyOf(task)));
  },
  async 'a task ends'({ place }) {
    const machine = place.machines.machines.find((each) => each.taskIds().length > 0);
    machine?.endTask(machine.taskIds()[0] ?? '', { how: 'exited', code: 1 });
  },
  async failover({ place }) {
    place.begin();
  },
  async reconcile({ place }) {
    place.machines.failOver({ keepsRegistry: true });
    for (const machine of place.machines.machines) machine.reconnect();
  },
  async 'an agent is lost and returns'({ world, place }) {
    const [machine] = place.machines.machines;
    machine?.crash();
    await world.clock.advance(100_000);
    machine?.reconnect();
  },
  'a job is deleted': ({ world, place }) => world.wait(place.client.delete(JOB, WEB)),
  async compaction({ world, place }) {
    const compact = async () => place.store.compact(await place.store.revision());
    await world.wait(compact());
    await change({ world, place }, { location: 'dc1:4' });
  },
  async 'a volume is attached, detached and destroyed'({ world, place }) {
    await world.wait(place.client.create(VOLUME, aVolume('data')));
    await world.wait(place.apply({ location: 'dc1:1', ...CLAIMING }, 'db'));
    await world.clock.advance(5_000);
    await world.wait(place.client.delete(JOB, { namespace: 'default', name: 'db' }));
    await world.wait(place.client.delete(VOLUME, { namespace: 'default', name: 'data' }));
  },
};

const CLAIMING: Partial<Job['spec']> = {
  container: {
    command: ['count'],
    volumeMounts: [{ name: 'data', mountPath: 'data', readOnly: false }],
  },
  volumes: [{ name: 'data', claim: { name: 'data', perInstance: false } }],
};

function aVolume(name: string): Draft<Volume> {
  const metadata = { name, namespace: 'default' };
  const spec = { driver: 'mesos', size: '100Mi', reclaimPolicy: 'Delete' } as const;
  return { apiVersion: apiVersionOf(VOLUME), kind: VOLUME.kind, metadata, spec };
}
