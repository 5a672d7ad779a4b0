import { expect } from 'chai';
import { AGENT, type Agent, type Job } from '../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../src/api/object.ts';
import { aSimWorld, type Place } from './world.ts';

type Drain = NonNullable<NonNullable<Agent['spec']>['drain']>;

interface MesosAgents {
  readonly get_agents: {
    readonly agents: readonly {
      readonly agent_info: { readonly hostname: string; readonly id: object };
      readonly deactivated?: boolean;
    }[];
  };
}

interface MaintenanceStatus {
  readonly get_maintenance_status: {
    readonly status: {
      readonly draining_machines?: readonly {
        readonly id: { readonly hostname: string };
        readonly statuses?: readonly { readonly status: string }[];
      }[];
    };
  };
}

async function aWorldOf(spec: Partial<Job['spec']>, agents = 3) {
  const world = await aSimWorld({ agents });
  const [place] = world.places as readonly [Place];
  await world.wait(place.apply(spec));
  await world.clock.advance(10_000);

  async function setSpec(name: string, change: NonNullable<Agent['spec']>): Promise<void> {
    const agent = await place.client.get(AGENT, { name });
    await world.wait(place.client.update(AGENT, { ...agent, spec: change }));
  }

  const operator = (call: object) => place.machines.reach()?.operator(call);
  const atMesos = (hostname: string) => {
    const { body } = operator({ type: 'GET_AGENTS' }) ?? {};
    const { agents } = (body as MesosAgents).get_agents;
    return agents.find(({ agent_info }) => agent_info.hostname === hostname);
  };

  return {
    ...world,
    place,
    /** Of the machine's absence that begins then, for an hour; none where no time is told. */
    plan(hostname: string, startMs: number | undefined): void {
      const unavailability = {
        start: { nanoseconds: (startMs ?? 0) * 1e6 },
        duration: { nanoseconds: 3_600e9 },
      };
      const windows =
        startMs === undefined ? [] : [{ machine_ids: [{ hostname }], unavailability }];
      operator({
        type: 'UPDATE_MAINTENANCE_SCHEDULE',
        update_maintenance_schedule: { schedule: { windows } },
      });
    },
    isSetAside: (hostname: string) => atMesos(hostname)?.deactivated === true,
    async setAside(hostname: string): Promise<void> {
      operator({
        type: 'DEACTIVATE_AGENT',
        deactivate_agent: { agent_id: atMesos(hostname)?.agent_info.id },
      });
      await world.clock.advance(60_000);
    },
    /** What frameworks have answered to being asked for the machine. */
    answersOf(hostname: string): readonly string[] {
      const { body } = operator({ type: 'GET_MAINTENANCE_STATUS' }) ?? {};
      const { get_maintenance_status: shown } = body as MaintenanceStatus;
      const machines = shown.status.draining_machines ?? [];
      return machines
        .filter(({ id }) => id.hostname === hostname)
        .flatMap(({ statuses = [] }) => statuses.map(({ status }) => status));
    },
    on: (index: number) => place.machines.machines[index]?.taskIds() ?? [],
    drain: (name: string, drain: Drain = {}) => setSpec(name, { unschedulable: true, drain }),
    uncordon: (name: string) => setSpec(name, {}),
    status: async (name: string) => (await place.client.get(AGENT, { name })).status?.drain,
  };
}

describe('a drained agent', () => {
  it('is emptied a few tasks at a time, with as many running as before throughout', async () => {
    const world = await aWorldOf({ location: 'dc1:12' });
    const { place, clock } = world;
    const before = world.on(0).length;
    expect(before).to.be.greaterThan(2);
    await world.drain('agent-01', { maxParallel: 2 });
    let fewest = 99;
    let most = 0;
    const emptied = await clock.runUntil(() => {
      fewest = Math.min(fewest, place.running().length);
      most = Math.max(most, place.running().length);
      return world.on(0).length === 0;
    }, 60_000);
    expect(emptied).to.equal(true);
    await clock.advance(5_000);
    expect([fewest, most <= 14, place.running().length]).to.deep.equal([12, true, 12]);
    expect(await world.status('agent-01')).to.include({
      phase: 'Drained',
      total: before,
      remaining: 0,
    });
    const events = await place.events();
    expect(events.filter((event) => event.startsWith('Drained'))).to.have.length(1);
    await clock.advance(60_000);
    expect(world.on(0)).to.deep.equal([]);
  });

  it('stops a task of an exclusive job first', async () => {
    const world = await aWorldOf({ location: 'dc1:3', partition: { exclusive: true } });
    let most = 0;
    await world.drain('agent-01');
    await world.clock.runUntil(() => {
      most = Math.max(most, world.place.running().length);
      return false;
    }, 60_000);
    expect([world.on(0).length, world.place.running().length, most]).to.deep.equal([0, 3, 3]);
  });

  it('says what cannot move, and stops it at the deadline', async () => {
    const world = await aWorldOf({ location: 'dc1:2', cpus: 16 }, 2);
    await world.drain('agent-01');
    await world.clock.advance(60_000);
    expect(world.place.running()).to.have.length(2);
    expect((await world.status('agent-01'))?.message).to.include('finds no other agent');
    await world.drain('agent-01', { deadlineSeconds: 90 });
    await world.clock.advance(25_000);
    expect(world.on(0)).to.have.length(1);
    await world.clock.advance(20_000);
    expect(world.on(0)).to.have.length(0);
    expect((await world.status('agent-01'))?.phase).to.equal('Drained');
  });

  it('lets batch tasks end, and stops those that run on each agent last', async () => {
    const world = await aWorldOf({ location: 'dc1:*' });
    await world.wait(world.place.apply({ location: 'dc1:3', restartOnSuccess: false }, 'batch'));
    await world.clock.advance(10_000);
    const before = world.on(0);
    const batch = before.filter((id) => id.startsWith('batch'));
    expect(batch).to.have.length(1);
    await world.drain('agent-01');
    await world.clock.advance(30_000);
    expect(world.on(0)).to.deep.equal(before);
    for (const id of batch) {
      world.place.machines.machines[0]?.endTask(id, { how: 'exited', code: 0 });
    }
    await world.clock.advance(30_000);
    expect(world.on(0)).to.deep.equal([]);
    expect(world.place.running()).to.have.length(4);
    await world.uncordon('agent-01');
    await world.clock.advance(10_000);
    expect(world.on(0)).to.have.length(1);
    expect(await world.status('agent-01')).to.equal(undefined);
  });

  it('is drained at Mesos, too, once nothing of it is left, and taken up again, however soon', async () => {
    const world = await aWorldOf({ location: 'dc1:3' });
    const { clock, place } = world;
    for (const waitMs of [0, 60_000]) {
      await world.drain('agent-01');
      expect(await clock.runUntil(() => world.isSetAside('agent-01'), 60_000)).to.equal(true);
      expect(world.on(0)).to.deep.equal([]);
      await clock.advance(waitMs);
      const { status } = await place.client.get(AGENT, { name: 'agent-01' });
      expect(status?.deactivated, `shown ${waitMs} ms later`).to.equal(
        waitMs > 0 ? true : undefined,
      );
      await world.uncordon('agent-01');
      expect(await clock.runUntil(() => !world.isSetAside('agent-01'), 5_000)).to.equal(true);
      await clock.advance(60_000);
    }
    const { status } = await place.client.get(AGENT, { name: 'agent-01' });
    expect([status?.phase, status?.deactivated, status?.drain]).to.deep.equal([
      'Active',
      undefined,
      undefined,
    ]);
  });

  it('stays deactivated after the drain where an operator had done so before', async () => {
    const world = await aWorldOf({ location: 'dc1:3' });
    await world.setAside('agent-01');
    await world.drain('agent-01');
    await world.clock.advance(60_000);
    expect(await world.status('agent-01')).to.include({ phase: 'Drained' });
    await world.uncordon('agent-01');
    await world.clock.advance(60_000);
    expect(world.isSetAside('agent-01')).to.equal(true);
  });

  it('is drained before its machine goes away, and takes nothing meanwhile', async () => {
    const world = await aWorldOf({ location: 'dc1:6' });
    const { place, clock } = world;
    const startMs = clock.now() + 1_200_000;
    world.plan('agent-02', startMs);
    await clock.advance(120_000);
    const { status } = await place.client.get(AGENT, { name: 'agent-02' });
    expect(status?.maintenance?.startTime).to.equal(toTimestamp(startMs));
    expect(world.on(1).length).to.be.greaterThan(0);
    await clock.advance(240_000);
    expect(world.on(1)).to.deep.equal([]);
    expect(place.running()).to.have.length(6);
    expect(world.answersOf('agent-02'), 'at Mesos').to.deep.equal(['ACCEPT']);
    place.crash();
    place.begin();
    await world.wait(place.apply({ location: 'dc1:6' }, 'late'));
    await clock.advance(60_000);
    expect(place.running()).to.have.length(12);
    expect(world.on(1), 'to a leader that has heard of the window only by offers').to.deep.equal(
      [],
    );
    world.plan('agent-02', undefined);
    await world.wait(place.apply({ location: 'dc1:*' }, 'each'));
    await clock.advance(60_000);
    expect(world.on(1), 'once the window is called off').to.have.length(1);
  });
});
