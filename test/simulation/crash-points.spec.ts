import { expect } from 'chai';
import { apiVersionOf } from '../../src/api/kind.ts';
import { JOB, type Job, TASK, VOLUME, type Volume } from '../../src/api/kinds.gen.ts';
import { type Draft, keyOf } from '../../src/api/object.ts';
import type { Fate } from '../../src/sim/mortal.ts';
import { createWatchtower } from '../../src/sim/watchtower.ts';
import { aSimWorld, type Place, type World } from './world.ts';

/** `SIMULATION_CRASH_POINTS=all` crashes before and after every effect; else at some of each flow. */
const isWhole = process.env.SIMULATION_CRASH_POINTS === 'all';
const SOME = 2;
const WEB = { namespace: 'default', name: 'web' };
const FLOW_MS = 20_000;
const SETTLED_MS = 900_000;
const STAYS_MS = 30_000;

interface Stage {
  readonly world: World;
  readonly place: Place;
}
type Flow = (stage: Stage) => Promise<void>;

async function change({ world, place }: Stage, spec: Partial<Job['spec']>): Promise<void> {
  const job = await place.client.get(JOB, WEB);
  await world.wait(place.client.update(JOB, { ...job, spec: { ...job.spec, ...spec } }));
}

/** What is done to a domain where a job of three tasks runs. */
const flows: Readonly<Record<string, Flow>> = {
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

interface Played {
  readonly effects: readonly string[];
  readonly broken: string | undefined;
}

/** Plays a flow; the control plane dies at the effect `at`, and another comes up. */
async function play(flow: Flow, at?: number, end?: ReturnType<Fate>): Promise<Played> {
  const effects: string[] = [];
  let armed = false;
  const fate: Fate = (effect) => {
    if (!armed) return 'lives';
    effects.push(effect);
    if (effects.length - 1 !== at || end === undefined) return 'lives';
    world.clock.after(1_000, () => place?.begin());
    return end;
  };
  const world = await aSimWorld({ fate });
  const { clock } = world;
  const [place] = world.places as readonly [Place];
  await world.wait(place.apply({ location: 'dc1:3' }));
  await clock.advance(10_000);
  const { store, machines } = place;
  const tower = createWatchtower({ store, machines, domain: 'dc1', clock });
  await clock.settle();
  armed = true;
  await flow({ world, place });
  const failed = () => tower.check() !== undefined;
  await clock.runUntil(failed, FLOW_MS);
  armed = false;
  await clock.runUntil(() => failed() || tower.unsettled() === undefined, SETTLED_MS);
  await clock.runUntil(failed, STAYS_MS);
  const violation = tower.check() ?? tower.unsettled();
  tower.stop();
  place.crash();
  return { effects, broken: violation && `${violation.invariant} ${violation.text}` };
}

/** Effects to crash at: all, or some that lie evenly. */
function points(count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  if (isWhole || count <= SOME) return all;
  return Array.from({ length: SOME }, (_, index) => Math.floor((index * count) / SOME));
}

describe('a control plane that dies', () => {
  for (const [name, flow] of Object.entries(flows)) {
    it(`before and after ${isWhole ? 'every effect' : 'effects'} keeps its promises: ${name}`, async function () {
      this.timeout(isWhole ? 1_800_000 : 60_000);
      const { effects, broken } = await play(flow);
      expect(broken).to.equal(undefined);
      expect(effects).to.not.have.length(0);
      for (const at of points(effects.length)) {
        for (const end of ['dies-before', 'dies-after'] as const) {
          const result = await play(flow, at, end);
          expect(result.broken, `${end} ${at}: ${effects[at]}`).to.equal(undefined);
        }
      }
    });
  }
});
