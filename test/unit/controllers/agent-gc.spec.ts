import { expect } from 'chai';
import {
  type AgentWorld,
  GONE_KEPT_MS,
  planAgents,
  type SeenAgent,
} from '../../../controllers/agent/plan.ts';
import { createUsage } from '../../../controllers/agent/status.ts';
import { peerStatus } from '../../../controllers/faultdomain/status.ts';
import { findOrphans, KEPT_PER_SLOT, planTaskGarbage } from '../../../controllers/gc/plan.ts';
import type { Agent, Task } from '../../../src/api/kinds.gen.ts';
import { createIndexedMap } from '../../../src/runtime/indexed-map.ts';
import { aDomain, anAgent, aTask, JOB_UID } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

function aSeen(agentId: string, hostname = agentId): SeenAgent {
  const total = { cpus: 16, memoryMiB: 65_536, diskMiB: 1_000, ports: [{ begin: 1, end: 10 }] };
  return { agentId, hostname, port: 5051, active: true, deactivated: false, total, attributes: {} };
}

/** What steps come to, one after the other. */
function ended<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function planned(world: Partial<AgentWorld>): readonly string[] {
  const whole = {
    seen: [],
    agents: [],
    tasksOn: () => [],
    usedBy: createUsage(),
    failed: [],
    goneSince: new Map(),
    now: START,
    ...world,
  };
  return ended(planAgents(whole)).map((step) => {
    if (step.do === 'create') return `create ${step.name}`;
    const { name } = step.agent.metadata;
    return step.do === 'remove' ? `remove ${name}` : `${name} ${step.status.phase}`;
  });
}

describe('planAgents', () => {
  it('makes an object for a new agent, named by its host', () => {
    expect(planned({ seen: [aSeen('id-1', 'host-1')] })).to.deep.equal(['create host-1']);
  });

  it('keeps two agents of one host apart', () => {
    const seen = [aSeen('id-1', 'host'), aSeen('id-2', 'host')];
    expect(planned({ seen })).to.deep.equal(['create host', 'create host-5051']);
  });

  it('gives the object of a host to the agent that came back with a new id', () => {
    const agents = [anAgent('host', { agentId: 'old' })];
    expect(planned({ seen: [aSeen('new', 'host')], agents })).to.deep.equal(['host Active']);
  });

  it('counts an agent as unreachable while tasks may live on it, then as gone, then forgets it', () => {
    const agents = [anAgent('a1')];
    expect(planned({ agents, tasksOn: () => [aTask('0#0 Running')] })).to.deep.equal([
      'a1 Unreachable',
    ]);
    expect(planned({ agents })).to.deep.equal(['a1 Gone']);
    const goneSince = new Map([['a1', START - GONE_KEPT_MS]]);
    expect(planned({ agents, goneSince })).to.deep.equal(['remove a1']);
    const closed: Agent[] = [anAgent('a1', {}, { unschedulable: true })];
    expect(planned({ agents: closed, goneSince })).to.deep.equal(['a1 Gone']);
  });

  it('says in words what is used', () => {
    const [step] = ended(
      planAgents({
        seen: [aSeen('a1')],
        agents: [],
        tasksOn: () => [aTask('0#0 Running'), aTask('1#0 Running')],
        usedBy: createUsage(),
        failed: [],
        goneSince: new Map(),
        now: START,
      }),
    );
    expect(step?.do === 'create' && step.status).to.include({
      cpusText: '2/16',
      memoryText: '1/64 GiB',
      tasks: 2,
    });
  });
});

describe('what tasks have in use', () => {
  it('is added up anew when one of them is another', () => {
    const objects = createIndexedMap<Task>({ agent: () => ['a1'] });
    const usedBy = createUsage();
    const cpus = () => usedBy(objects.by('agent', 'a1')).cpus;
    const task = aTask('0#0 Running');
    objects.set('one', task);
    objects.set('two', aTask('1#0 Running'));
    expect(cpus()).to.equal(2);
    expect(objects.by('agent', 'a1')).to.equal(objects.by('agent', 'a1'));
    objects.set('one', { ...task, spec: { ...task.spec, cpus: 5 } });
    expect(cpus()).to.equal(6);
    objects.delete('one');
    expect(cpus()).to.equal(1);
    objects.delete('two');
    expect(cpus()).to.equal(0);
  });
});

describe('garbage', () => {
  it('keeps the newest end of each slot, and three before it', () => {
    const ends = Array.from({ length: 8 }, (_, attempt) =>
      aTask(`0#${attempt} Failed Program @${attempt}`),
    );
    const garbage = planTaskGarbage([...ends, aTask('1#0 Succeeded'), aTask('0#8 Running')]);
    expect(garbage.map(({ spec }) => spec.attempt)).to.deep.equal([3, 2, 1, 0]);
    expect(ends.length - garbage.length).to.equal(1 + KEPT_PER_SLOT);
  });

  it('finds tasks whose job is gone', () => {
    const tasks = [aTask('0#0 Running')];
    expect(ended(findOrphans(tasks, (uid) => uid === JOB_UID))).to.deep.equal([]);
    expect(ended(findOrphans(tasks, () => false))).to.have.length(1);
  });
});

describe('what is said of a peer', () => {
  const domain = aDomain('dc2');

  it('is unreachable after three misses in a row, and not before', () => {
    expect(peerStatus(domain, { misses: 2, error: 'x' }, START).phase).to.equal(undefined);
    const status = peerStatus(domain, { misses: 3, error: 'refused' }, START);
    expect(status.phase).to.equal('Unreachable');
    expect(status.message).to.include('refused');
    const later = { ...domain, status };
    expect(peerStatus(later, { misses: 4, error: 'other' }, START + 5_000)).to.equal(status);
  });

  it('has the time of its heartbeat once a minute', () => {
    const first = peerStatus(domain, { misses: 0 }, START);
    const later = (ms: number) =>
      peerStatus({ ...domain, status: first }, { misses: 0 }, START + ms);
    expect(later(59_000)).to.deep.equal(first);
    expect(later(60_000).lastHeartbeatTime).to.not.equal(first.lastHeartbeatTime);
  });
});
