import { expect } from 'chai';
import { FAULT_DOMAIN, JOB, type Job, TASK } from '../../src/api/kinds.gen.ts';
import { phaseOf } from '../../src/api/task.ts';
import { aSimWorld, type Place, type World } from './world.ts';

const WEB = { namespace: 'default', name: 'web' };

async function aRunningJob(
  spec: Partial<Job['spec']>,
  options: Parameters<typeof aSimWorld>[0] = {},
) {
  const world = await aSimWorld(options);
  const [place] = world.places as readonly [Place];
  await world.wait(place.apply(spec));
  await world.clock.advance(10_000);
  return { ...world, place };
}

async function change(world: World, place: Place, spec: Partial<Job['spec']>): Promise<void> {
  const job = await place.client.get(JOB, WEB);
  await world.wait(place.client.update(JOB, { ...job, spec: { ...job.spec, ...spec } }));
}

describe('a fault domain', () => {
  it('runs what a job asks for, says so, and then does nothing more', async () => {
    const { place, clock } = await aRunningJob({ location: 'dc1:5' });
    expect(place.running()).to.have.length(5);
    const { status } = await place.client.get(JOB, WEB);
    expect(status).to.include({ phase: 'Available', desired: 5, running: 5 });
    const effects = place.effects.length;
    await clock.advance(60_000);
    const more = place.effects
      .slice(effects)
      .filter((effect) => !effect.startsWith('mesos RECONCILE'));
    expect(more).to.deep.equal([]);
  });

  it('replaces a task whose program fails, after its back-off, and says so', async () => {
    const { place, clock } = await aRunningJob({ location: 'dc1:2' });
    const [victim = ''] = place.running();
    for (const machine of place.machines.machines)
      machine.endTask(victim, { how: 'signaled', signal: 9 });
    await clock.advance(500);
    expect(place.running()).to.have.length(1);
    await clock.advance(5_000);
    expect(await place.lines()).to.have.length(2);
    expect(place.running()).to.have.length(2);
    const events = (await place.events()).filter((event) => event.startsWith('TasksReplaced'));
    expect(events).to.have.length(1);
    expect(events[0]).to.include('SIGKILL');
    const retries = (await place.tasks()).map(({ spec }) => spec.retries).toSorted();
    expect(Math.max(...retries)).to.equal(1);
  });

  it('leaves a batch that ended well as it is, and counts it', async () => {
    const { place, clock } = await aRunningJob({ location: 'dc1:2', restartOnSuccess: false });
    for (const id of place.running()) {
      for (const machine of place.machines.machines)
        machine.endTask(id, { how: 'exited', code: 0 });
    }
    await clock.advance(600_000);
    expect(await place.lines({ ended: true })).to.deep.equal(['0#0 Succeeded', '1#0 Succeeded']);
    const { status } = await place.client.get(JOB, WEB);
    expect(status).to.include({ phase: 'Complete', succeeded: 2, running: 0 });
  });

  it('scales down and up', async () => {
    const world = await aRunningJob({ location: 'dc1:6' });
    const { place, clock } = world;
    await change(world, place, { replicas: 2 });
    await clock.advance(10_000);
    expect(await place.lines()).to.deep.equal(['0#0 Running', '1#0 Running']);
    expect(place.running()).to.have.length(2);
    await change(world, place, { replicas: 4 });
    await clock.advance(10_000);
    expect(place.running()).to.have.length(4);
  });

  it('replaces all tasks for a new version, never more than a quarter at a time', async () => {
    const world = await aRunningJob({ location: 'dc1:8' });
    const { place, clock } = world;
    await change(world, place, { version: '2' });
    let fewest = 8;
    let most = 0;
    const done = await clock.runUntil(() => {
      fewest = Math.min(fewest, place.running().length);
      most = Math.max(most, place.running().length);
      return false;
    }, 60_000);
    expect(done).to.equal(false);
    const tasks = (await place.tasks()).filter((task) => phaseOf(task) === 'Running');
    expect(tasks.map(({ spec }) => spec.version)).to.deep.equal(Array(8).fill('2'));
    expect([fewest, most]).to.deep.equal([6, 8]);
  });

  it('ends every task of a deleted job, then lets it go, and remembers that', async () => {
    const world = await aRunningJob({ location: 'dc1:4' });
    const { place, clock, wait } = world;
    await wait(place.client.delete(JOB, WEB));
    await clock.advance(20_000);
    expect(place.running()).to.deep.equal([]);
    expect((await place.client.list(TASK)).items).to.deep.equal([]);
    expect((await place.client.list(JOB)).items).to.deep.equal([]);
  });

  it('restarts nothing when the control plane dies and comes back', async () => {
    const { places, clock, wait } = await aSimWorld();
    const [place] = places as readonly [Place];
    await wait(place.apply({ location: 'dc1:5' }));
    await clock.advance(10_000);
    const before = place.running().toSorted();
    expect(before).to.have.length(5);
    place.crash();
    await clock.advance(30_000);
    place.begin();
    await clock.advance(600_000);
    expect(place.running().toSorted()).to.deep.equal(before);
    expect(await place.lines({ ended: true })).to.deep.equal(
      ['0', '1', '2', '3', '4'].map((slot) => `${slot}#0 Running`),
    );
  });

  it('replaces tasks on a cut-off agent after five minutes, and stops them when it returns', async () => {
    const { place, clock } = await aRunningJob({ location: 'dc1:3' });
    const [machine] = place.machines.machines;
    machine?.cutOff();
    await clock.advance(200_000);
    expect(await place.lines()).to.deep.equal(
      ['0#0', '1#0', '2#0'].map(withPhase(await place.tasks())),
    );
    await clock.advance(600_000);
    expect(place.running().length).to.be.greaterThan(3);
    machine?.reconnect();
    await clock.advance(60_000);
    expect(place.running()).to.have.length(3);
    expect(await place.lines()).to.have.length(3);
  });

  it('says why a task fits nowhere', async () => {
    const { place, clock } = await aRunningJob({ location: 'dc1:1', cpus: 17 });
    await clock.advance(10_000);
    const { status } = await place.client.get(JOB, WEB);
    expect(status?.message).to.include(
      '3 have less than 17 cpus free (the most is 16 on agent-01)',
    );
    const effects = place.effects.length;
    await clock.advance(300_000);
    const writes = place.effects.slice(effects).filter((effect) => effect.startsWith('store'));
    expect(writes).to.deep.equal([]);
  });

  it('puts one task on each agent', async () => {
    const { place } = await aRunningJob({ location: 'dc1:*' });
    const agents = (await place.tasks()).map(({ status }) => status?.agent).toSorted();
    expect(agents).to.deep.equal(['agent-01', 'agent-02', 'agent-03']);
  });
});

function withPhase(tasks: readonly { spec: { slot: string; attempt: number } }[]) {
  return (line: string): string => {
    const task = tasks.find(({ spec }) => `${spec.slot}#${spec.attempt}` === line);
    return `${line} ${task === undefined ? 'missing' : phaseOf(task as never)}`;
  };
}

describe('three fault domains', () => {
  const options = { names: ['dc1', 'dc2', 'dc5'] };

  it('each run their share of a job that one of them was given, and all say so', async () => {
    const world = await aSimWorld(options);
    const [dc1, dc2, dc5] = world.places as readonly [Place, Place, Place];
    await world.wait(dc2.apply({ location: 'dc1:1,dc2:2,dc5:3' }));
    await world.clock.advance(20_000);
    expect([dc1, dc2, dc5].map((place) => place.running().length)).to.deep.equal([1, 2, 3]);
    for (const place of world.places) {
      const { status } = await place.client.get(JOB, WEB);
      expect(status).to.include({ phase: 'Available', desired: 6, running: 6 });
    }
    await world.wait(dc5.client.delete(JOB, WEB));
    await world.clock.advance(30_000);
    for (const place of world.places) {
      expect(place.running()).to.deep.equal([]);
      expect((await place.client.list(JOB)).items).to.deep.equal([]);
    }
  });

  it('go on alone while one is away, and agree when it is back', async () => {
    const world = await aSimWorld(options);
    const [dc1, dc2, dc5] = world.places as readonly [Place, Place, Place];
    await world.wait(dc1.apply({ location: 'dc1:1,dc2:1,dc5:1' }));
    await world.clock.advance(20_000);
    world.setReachable('dc5', false);
    await world.clock.advance(60_000);
    const seen = await dc1.client.get(FAULT_DOMAIN, { name: 'dc5' });
    expect(seen.status?.phase).to.equal('Unreachable');
    await change(world, dc1, { location: 'dc1:2,dc2:2,dc5:2' });
    await world.clock.advance(20_000);
    expect([dc1, dc2, dc5].map((place) => place.running().length)).to.deep.equal([2, 2, 2]);
    world.setReachable('dc5', true);
    await world.clock.advance(60_000);
    const back = await dc1.client.get(FAULT_DOMAIN, { name: 'dc5' });
    expect(back.status?.phase).to.equal('Ready');
    expect((await dc1.client.get(JOB, WEB)).status).to.include({ phase: 'Available', running: 6 });
  });
});
