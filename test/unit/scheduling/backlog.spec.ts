import { expect } from 'chai';
import { groupStatus } from '../../../controllers/capacitygroup/status.ts';
import type { CapacityGroup, Job, Task } from '../../../src/api/kinds.gen.ts';
import { type Backlog, createBacklog } from '../../../src/scheduling/backlog/backlog.ts';
import { termsOf } from '../../../src/scheduling/backlog/read.ts';
import { aGroup, aJob, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

interface World {
  readonly agents?: number;
  readonly groups?: readonly CapacityGroup[];
  readonly job?: Partial<Job['spec']>;
  readonly tasks?: readonly string[];
}

/** A backlog of agents of 16 cpus each, and tasks of one job of 1 cpu each. */
function aBacklog({ agents = 1, groups = [], job = {}, tasks = [] }: World): Backlog {
  const backlog = createBacklog({ name: 'dc1', region: 'us-east-1' });
  for (let at = 0; at < agents; at += 1) backlog.putAgent(anAgent(`agent-${at}`));
  for (const group of groups) backlog.putGroup(group);
  backlog.putJob(aJob(job));
  for (const line of tasks) backlog.putTask(aTask(line));
  return backlog;
}

/** The slots of the tasks that a pass gives out, and why others are kept back. */
function given(backlog: Backlog): { readonly slots: string; readonly kept: readonly string[] } {
  const pass = backlog.pass(START);
  const slots: string[] = [];
  for (let entry = pass.next(); entry !== undefined; entry = pass.next()) {
    pass.placed(entry);
    slots.push(entry.members.map(({ key }) => backlog.task(key)?.spec.slot).join('+'));
  }
  return { slots: slots.join(' '), kept: pass.denied.map(({ refusal }) => refusal.lacks) };
}

const batch = (spec: Partial<CapacityGroup['spec']> = {}) => aGroup('batch', spec);

describe('backlog', () => {
  const cases: readonly (World & { name: string; slots: string; kept?: readonly string[] })[] = [
    { name: 'gives out what waits', tasks: ['0#0 Pending', '1#0 Running'], slots: '0' },
    { name: 'gives out nothing that is to go', tasks: ['0#0 Pending deleting'], slots: '' },
    {
      name: 'keeps back what is of a group that does not exist',
      job: { capacityGroup: 'batch' },
      tasks: ['0#0 Pending'],
      slots: '',
      kept: ['UnknownGroup'],
    },
    {
      name: 'counts what runs against the limit of its group',
      groups: [batch({ borrowingLimit: { cpus: 2 } })],
      job: { capacityGroup: 'batch' },
      tasks: ['0#0 Running', '1#0 Pending', '2#0 Pending'],
      slots: '1',
      kept: ['BorrowingLimit'],
    },
    {
      name: 'keeps back what is guaranteed to others',
      groups: [aGroup('web', { guarantee: { memory: '63Gi' } })],
      tasks: ['0#0 Pending', '1#0 Pending', '2#0 Pending'],
      slots: '0 1',
      kept: ['GuaranteedToOthers'],
    },
    {
      name: 'waits for all members of a gang',
      job: { location: 'dc1:3', gang: {} },
      tasks: ['0#0 Pending', '1#0 Pending'],
      slots: '',
    },
    {
      name: 'gives out a gang whole',
      job: { location: 'dc1:2', gang: {} },
      tasks: ['0#0 Pending', '1#0 Pending'],
      slots: '0+1',
    },
    {
      name: 'gives out as many of a gang as its size says',
      job: { location: 'dc1:3', gang: { size: 2 } },
      tasks: ['0#0 Pending', '1#0 Pending', '2#0 Pending'],
      slots: '0+1',
    },
    {
      name: 'gives out a member that is started again by itself',
      job: { location: 'dc1:3', gang: {} },
      tasks: ['0#0 Running', '1#1 Pending', '2#0 Succeeded'],
      slots: '1',
    },
  ];
  for (const { name, slots, kept = [], ...world } of cases) {
    it(name, () => {
      expect(given(aBacklog(world))).to.deep.equal({ slots, kept });
    });
  }

  it('expects of a task what its job says, else what others of the job took', () => {
    const task = aTask('0#0 Pending');
    const backlog = aBacklog({});
    const own = { ...task, spec: { ...task.spec, placement: { expectedSeconds: 60 } } };
    const expected = () => [task, own].map((each) => backlog.expectedSeconds(each));
    expect(expected()).to.deep.equal([undefined, 60]);
    backlog.putJob({ ...aJob(), status: { domains: [{ name: 'dc1', typicalSeconds: 600 }] } });
    backlog.putTask(task);
    expect(expected()).to.deep.equal([600, 60]);
    const profile = backlog.profile(task, START);
    expect(profile.endsAt).to.be.within(START + 600_000, START + 660_000);
    const later = backlog.profile(task, START + 3_600_000);
    expect(later.endsAt).to.equal((profile.endsAt ?? 0) + 3_600_000);
    expect(later.id).to.equal(profile.id);
  });

  it('says how many members a gang lacks', () => {
    const backlog = aBacklog({ job: { location: 'dc1:3', gang: {} }, tasks: ['0#0 Pending'] });
    expect(backlog.missingMembers(aTask('0#0 Pending'))).to.equal(2);
  });

  it('moves the tasks of a job that goes to another group, and tells of both', () => {
    const groups = [batch(), aGroup('web')];
    const tasks = ['0#0 Running', '1#0 Pending'];
    const backlog = aBacklog({ groups, job: { capacityGroup: 'batch' }, tasks });
    const told = new Set<string>();
    backlog.onChange((group) => told.add(group));
    backlog.putJob(aJob({ capacityGroup: 'web' }));
    expect(backlog.tally('batch')).to.include({ tasks: 0, pendingTasks: 0 });
    expect(backlog.tally('web')).to.include({ tasks: 1, pendingTasks: 1 });
    expect(backlog.ledger.standing('web').used[0]).to.equal(1000);
    expect([...told].toSorted()).to.deep.equal(['batch', 'web']);
  });

  it('is empty again when all that it was told of is gone', () => {
    const lines = ['0#0 Running', '1#0 Pending', '2#0 Unreachable'];
    const backlog = aBacklog({ groups: [batch()], job: { capacityGroup: 'batch' }, tasks: lines });
    const ended: readonly Task[] = lines.map((line) => aTask(line.replace(/ .*/, ' Killed')));
    for (const task of ended) backlog.putTask(task);
    for (const task of ended) backlog.dropTask(task);
    backlog.dropJob(aJob());
    backlog.dropAgent(anAgent('agent-0'));
    expect(backlog.tally('batch')).to.deep.equal({ tasks: 0, pendingTasks: 0, pending: [0, 0, 0] });
    expect(backlog.ledger.standing('batch').used).to.deep.equal([0, 0, 0]);
    expect(backlog.ledger.fleet().capacity).to.deep.equal([0, 0, 0]);
  });

  it('shows what a group has, and that more is promised than there is', () => {
    const group = batch({ guarantee: { cpus: 20, memory: '1Gi' } });
    const tasks = ['0#0 Running', '1#0 Running', '2#0 Running', '3#0 Pending'];
    const backlog = aBacklog({ groups: [group], job: { capacityGroup: 'batch' }, tasks });
    const status = groupStatus(group, {
      guarantee: termsOf(group).guarantee,
      standing: backlog.ledger.standing('batch'),
      tally: backlog.tally('batch'),
      reserved: backlog.reserved('batch'),
      fleet: backlog.ledger.fleet(),
      now: START,
    });
    expect(status).to.deep.include({
      tasks: 3,
      pendingTasks: 1,
      cpusText: '3/20',
      memoryText: '1.5/1 GiB',
      borrowed: { cpus: 0, memoryMiB: 512, diskMiB: 3072 },
      pending: { cpus: 1, memoryMiB: 512, diskMiB: 1024 },
      reserved: { cpus: 0, memoryMiB: 0, diskMiB: 0 },
      reservedAgents: 0,
    });
    expect(status.conditions?.[0]).to.include({
      status: 'False',
      reason: 'TooFewAgents',
      message: 'All groups together are guaranteed 20 cpus, the agents have 16',
    });
  });
});
