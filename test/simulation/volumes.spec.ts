import { expect } from 'chai';
import { apiVersionOf } from '../../src/api/kind.ts';
import { AGENT, JOB, type Job, TASK, VOLUME, type Volume } from '../../src/api/kinds.gen.ts';
import { isLive } from '../../src/api/task.ts';
import { aSimWorld, type Place } from './world.ts';

const claiming = (name: string, perInstance = false): Partial<Job['spec']> => ({
  container: {
    command: ['count'],
    volumeMounts: [{ name: 'data', mountPath: 'data', readOnly: false }],
  },
  volumes: [{ name: 'data', claim: { name, perInstance } }],
});

async function aWorldWith(volumes: readonly string[], spec: Partial<Volume['spec']> = {}) {
  const world = await aSimWorld(spec.where ? { zones: ['a', 'b', 'c'] } : {});
  const [place] = world.places as readonly [Place];
  async function make(name: string): Promise<void> {
    await place.client.create(VOLUME, {
      apiVersion: apiVersionOf(VOLUME),
      kind: VOLUME.kind,
      metadata: { name, namespace: 'default' },
      spec: { driver: 'mesos', size: '100Mi', reclaimPolicy: 'Delete', ...spec },
    });
  }
  for (const name of volumes) await world.wait(make(name));

  const get = async (name: string) => place.client.get(VOLUME, { namespace: 'default', name });
  return {
    ...world,
    place,
    make,
    get,
    status: async (name: string) => (await get(name)).status,
    remove: (name: string) =>
      world.wait(place.client.delete(VOLUME, { namespace: 'default', name })),
    names: async () => (await place.client.list(VOLUME)).items.map(({ metadata }) => metadata.name),
    /** Volumes' data that the master knows of, by id and agent. */
    data: () => dataAt(place),
  };
}

interface Agents {
  readonly get_agents: {
    readonly agents: readonly {
      readonly agent_info: { readonly hostname: string };
      readonly total_resources: readonly {
        readonly disk?: { readonly persistence?: { readonly id: string } };
      }[];
    }[];
  };
}

function dataAt({ machines }: Place): readonly string[] {
  const { body } = machines.reach()?.operator({ type: 'GET_AGENTS' }) ?? {};
  return (body as Agents).get_agents.agents.flatMap(({ agent_info, total_resources }) =>
    total_resources.flatMap(({ disk }) =>
      disk?.persistence ? [`${disk.persistence.id} ${agent_info.hostname}`] : [],
    ),
  );
}

describe('a Volume', () => {
  it('is made with the first task that names it, and later ones go where it is', async () => {
    const world = await aWorldWith(['counter']);
    const { place, clock } = world;
    expect((await world.status('counter'))?.phase).to.equal('Pending');
    await world.wait(place.apply({ location: 'dc1:1', ...claiming('counter') }));
    await clock.advance(15_000);
    const { agent, phase, attachedTo } = (await world.status('counter')) ?? {};
    expect([phase, attachedTo?.task, world.data().length]).to.deep.equal([
      'Ready',
      'web-dc1-0-0',
      1,
    ]);
    const uids = new Set<string>();
    for (let turn = 0; turn < 3; turn += 1) {
      const [task] = (await place.tasks()).filter(isLive);
      expect(task?.status).to.include({ phase: 'Running', agent });
      uids.add(task?.metadata.uid ?? '');
      await world.wait(
        place.client.delete(TASK, { namespace: 'default', name: task?.metadata.name ?? '' }),
      );
      await clock.advance(40_000);
    }
    expect([uids.size, place.running().length]).to.deep.equal([3, 1]);
    expect(world.data()).to.have.length(1);
  });

  it('is one for each instance where the job says so, and waits where there is none', async () => {
    const world = await aWorldWith(['data-0', 'data-1']);
    const { place, clock } = world;
    await world.wait(place.apply({ location: 'dc1:3', ...claiming('data', true) }));
    await clock.advance(20_000);
    expect(await place.lines()).to.deep.equal(['0#0 Running', '1#0 Running', '2#0 Pending']);
    const [waiting] = (await place.tasks()).filter(({ spec }) => spec.slot === '2');
    expect(waiting?.status).to.include({
      reason: 'VolumeMissing',
      message: 'there is no Volume default/data-2: create it',
    });
    await world.wait(world.make('data-2'));
    await clock.advance(20_000);
    expect(place.running()).to.have.length(3);
    expect(world.data()).to.have.length(3);
  });

  it('serves one task at a time', async () => {
    const world = await aWorldWith(['counter']);
    const { place, clock } = world;
    await world.wait(place.apply({ location: 'dc1:2', ...claiming('counter') }));
    await clock.advance(20_000);
    expect(place.running()).to.have.length(1);
    const [waiting] = (await place.tasks()).filter(({ status }) => status?.phase === 'Pending');
    expect(waiting?.status?.message).to.match(
      /the Volume default\/counter is in use by the task web-dc1-/,
    );
  });

  it('is destroyed when it is deleted, once no task uses it', async () => {
    const world = await aWorldWith(['counter']);
    const { place, clock } = world;
    await world.wait(place.apply({ location: 'dc1:1', ...claiming('counter') }));
    await clock.advance(15_000);
    await world.remove('counter');
    await clock.advance(120_000);
    expect(world.data()).to.have.length(1);
    expect((await world.status('counter'))?.message).to.equal(
      'It is deleted once the task web-dc1-0-0 has ended',
    );
    expect(place.machines.offersOut(), 'offers held meanwhile').to.equal(0);
    await world.wait(place.client.delete(JOB, { namespace: 'default', name: 'web' }));
    await clock.advance(30_000);
    expect([await world.names(), world.data()]).to.deep.equal([[], []]);
    const events = await place.events();
    expect(events.filter((event) => event.startsWith('Destroyed'))).to.have.length(1);
  });

  it('outlives that its agent is cut off, deleted or not, and is destroyed only when it is back', async () => {
    const world = await aWorldWith(['counter']);
    const { place, clock } = world;
    await world.wait(place.apply({ location: 'dc1:1', ...claiming('counter') }));
    await clock.advance(15_000);
    const { agent } = (await world.status('counter')) ?? {};
    const machine = place.machines.machines.find(({ hostname }) => hostname === agent);
    machine?.cutOff();
    await clock.advance(600_000);
    expect(machine?.taskIds()).to.have.length(1);
    expect(place.running()).to.have.length(1);
    await world.remove('counter');
    await clock.advance(600_000);
    expect(await world.names()).to.deep.equal(['counter']);
    machine?.reconnect();
    await clock.advance(30_000);
    expect([machine?.taskIds().length, world.data().length]).to.deep.equal([1, 1]);
    await world.wait(place.client.delete(JOB, { namespace: 'default', name: 'web' }));
    await clock.advance(30_000);
    expect([await world.names(), world.data()]).to.deep.equal([[], []]);
  });

  it('is let go where its agent never returns and a person says so, and not destroyed', async () => {
    const world = await aWorldWith(['counter']);
    const { place, clock } = world;
    await world.wait(place.apply({ location: 'dc1:1', ...claiming('counter') }));
    await clock.advance(15_000);
    await world.wait(place.client.delete(JOB, { namespace: 'default', name: 'web' }));
    await clock.advance(15_000);
    const { agent } = (await world.status('counter')) ?? {};
    const machine = place.machines.machines.find(({ hostname }) => hostname === agent);
    machine?.cutOff();
    await world.remove('counter');
    await clock.advance(600_000);
    const { metadata, ...left } = await world.get('counter');
    expect(left.status?.message).to.match(/annotate it with titan\.dev\/abandon=true/);
    const annotations = { ...metadata.annotations, 'titan.dev/abandon': 'true' };
    await world.wait(
      place.client.update(VOLUME, { ...left, metadata: { ...metadata, annotations } }),
    );
    await clock.advance(30_000);
    machine?.reconnect();
    await clock.advance(60_000);
    expect([await world.names(), world.data().length]).to.deep.equal([[], 1]);
  });

  it('is made only where its attributes say', async () => {
    const world = await aWorldWith(['counter'], { where: { attributes: { zone: 'b' } } });
    await world.wait(world.place.apply({ location: 'dc1:1', ...claiming('counter') }));
    await world.clock.advance(15_000);
    const { agent } = (await world.status('counter')) ?? {};
    const [found] = (await world.place.client.list(AGENT)).items.filter(
      ({ metadata }) => metadata.name === agent,
    );
    expect(found?.status?.attributes).to.include({ zone: 'b' });
  });

  it('is not made where no agent is as its attributes say', async () => {
    const world = await aWorldWith(['counter'], { where: { attributes: { zone: 'z' } } });
    await world.wait(world.place.apply({ location: 'dc1:1', ...claiming('counter') }));
    await world.clock.advance(15_000);
    expect([world.place.running().length, world.data()]).to.deep.equal([0, []]);
  });

  it('is left to Mesos where its reclaim policy says so', async () => {
    const world = await aWorldWith(['counter'], { reclaimPolicy: 'Retain' });
    const { place, clock } = world;
    await world.wait(place.apply({ location: 'dc1:1', ...claiming('counter') }));
    await clock.advance(15_000);
    await world.wait(place.client.delete(JOB, { namespace: 'default', name: 'web' }));
    await clock.advance(15_000);
    await world.remove('counter');
    await clock.advance(15_000);
    await world.wait(place.apply({ location: 'dc1:4', cpus: 1 }, 'other'));
    await clock.advance(60_000);
    expect([await world.names(), world.data().length]).to.deep.equal([[], 1]);
    expect((await place.events()).join('\n')).to.include('It is kept, as its reclaim policy says');
  });

  it('is told of and kept for a day where the store has lost it, then destroyed', async () => {
    const world = await aWorldWith(['counter']);
    const { place, clock } = world;
    await world.wait(place.apply({ location: 'dc1:1', ...claiming('counter') }));
    await clock.advance(15_000);
    await world.wait(place.client.delete(JOB, { namespace: 'default', name: 'web' }));
    await clock.advance(15_000);
    place.crash();
    const { metadata, ...lost } = await world.get('counter');
    await world.wait(
      place.client.update(VOLUME, { ...lost, metadata: { ...metadata, finalizers: [] } }),
    );
    await world.remove('counter');
    place.begin();
    await world.wait(place.apply({ location: 'dc1:4', cpus: 1 }, 'other'));
    await clock.advance(60_000);
    expect([await world.names(), world.data().length]).to.deep.equal([[], 1]);
    expect((await place.events()).join('\n')).to.match(
      /OrphanedVolume: The data of the Volume default\/counter/,
    );
    await clock.advance(86_400_000);
    expect(world.data()).to.deep.equal([]);
  });

  it('is made once, whatever effect Titan dies before or after', async () => {
    const crashes = (['before', 'after'] as const).flatMap((when) =>
      Array.from({ length: 14 }, (_, at) => ({ when, at })),
    );
    const world = await aWorldWith([]);
    const { place, clock } = world;
    for (const { when, at } of crashes) {
      const name = `v-${when}-${at}`;
      await world.wait(world.make(name));
      await world.wait(place.apply({ location: 'dc1:1', ...claiming(name) }, name));
      place.begin({ at, when });
      await clock.advance(20_000);
      place.begin();
      await clock.advance(150_000);
      const { phase, agent } = (await world.status(name)) ?? {};
      const where = world.data().map((text) => text.split(' ')[1]);
      expect([name, phase, place.running().length, where]).to.deep.equal([
        name,
        'Ready',
        1,
        [agent],
      ]);
      await world.wait(place.client.delete(JOB, { namespace: 'default', name }));
      await clock.advance(20_000);
      place.begin({ at: at % 6, when });
      await world.remove(name);
      await clock.advance(20_000);
      place.begin();
      await clock.advance(60_000);
      expect([name, await world.names(), world.data()]).to.deep.equal([name, [], []]);
    }
  }).timeout(60_000);
});
