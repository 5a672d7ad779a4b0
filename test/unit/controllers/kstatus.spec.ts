import { expect } from 'chai';
import { groupStatus } from '../../../controllers/capacitygroup/status.ts';
import { type OwnWorld, ownStatus, peerStatus } from '../../../controllers/faultdomain/status.ts';
import { planJob } from '../../../controllers/job/plan.ts';
import { jobStatus } from '../../../controllers/job/status.ts';
import { volumeStatus } from '../../../controllers/volume/status.ts';
import type { Condition } from '../../../src/api/condition.ts';
import { apiVersionOf } from '../../../src/api/kind.ts';
import type { FaultDomain, Job, Volume } from '../../../src/api/kinds.gen.ts';
import { VOLUME } from '../../../src/api/kinds.gen.ts';
import type { ObjectMeta } from '../../../src/api/object.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { createBacklog } from '../../../src/scheduling/backlog/backlog.ts';
import { termsOf } from '../../../src/scheduling/backlog/read.ts';
import { aDomain, aGroup, aJob, aMeta, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

interface Seen {
  readonly metadata: Pick<ObjectMeta, 'generation' | 'deletionTimestamp'>;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
}

/**
 * What programs that know nothing of Titan's kinds make of an object
 * (sigs.k8s.io/cli-utils, pkg/kstatus: the generic rules, in their order).
 */
function kstatus({ metadata, status }: Seen): string {
  const is = (name: string) => status?.conditions?.find(({ type }) => type === name)?.status;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const observed = status?.observedGeneration;
  if (observed !== undefined && observed !== metadata.generation) return 'InProgress';
  if (is('Reconciling') === 'True') return 'InProgress';
  if (is('Stalled') === 'True') return 'Failed';
  const ready = is('Ready');
  return ready === undefined || ready === 'True' ? 'Current' : 'InProgress';
}

/** What it is once it is asked for anew, and once it is to be deleted. */
function later<T extends Seen>(object: T): readonly string[] {
  const { metadata } = object;
  const generation = (metadata.generation ?? 0) + 1;
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  return [
    kstatus({ ...object, metadata: { ...metadata, generation } }),
    kstatus({ ...object, metadata: { ...metadata, deletionTimestamp } }),
  ];
}

const SERVING: OwnWorld = {
  agents: [],
  running: 0,
  mesosConnected: true,
  halted: undefined,
  problem: undefined,
  now: START,
};
const own = (world: Partial<OwnWorld>, before: FaultDomain = aDomain('dc1')) => ({
  ...before,
  status: ownStatus(before, { ...SERVING, ...world }),
});
const peer = (misses: number) => {
  const domain = aDomain('dc2');
  return { ...domain, status: peerStatus(domain, { misses }, START) };
};

function job(spec: Partial<Job['spec']>, line: string) {
  const asked = aJob({ location: 'dc1:1', ...spec });
  const tasks = [aTask(line, revisionOf(asked))];
  const world = { ...AN_EMPTY_WORLD, now: START + 100_000, domains: [aDomain('dc1')], tasks };
  return { ...asked, status: jobStatus(asked, planJob(asked, world), world) };
}

function volume(status: Volume['status'], phase: 'Active' | 'Unreachable') {
  const asked: Volume = {
    apiVersion: apiVersionOf(VOLUME),
    kind: VOLUME.kind,
    metadata: aMeta('data'),
    spec: { driver: 'mesos', size: 1, reclaimPolicy: 'Delete' },
    ...(status === undefined ? {} : { status }),
  };
  const world = {
    agent: anAgent('agent-0', { phase }),
    user: undefined,
    claimants: [],
    offered: [],
  };
  return { ...asked, status: volumeStatus(asked, world, START) };
}

function group() {
  const asked = aGroup('batch');
  const backlog = createBacklog({ name: 'dc1', region: 'us-east-1' });
  backlog.putGroup(asked);
  const status = groupStatus(asked, {
    guarantee: termsOf(asked).guarantee,
    standing: backlog.ledger.standing('batch'),
    tally: backlog.tally('batch'),
    reserved: backlog.reserved('batch'),
    fleet: backlog.ledger.fleet(),
    now: START,
  });
  return { ...asked, status };
}

const ENDS = { restartOnSuccess: false, restartOnFailure: false };

describe('what kstatus makes of an object', () => {
  const rows: readonly (readonly [string, string, () => Seen])[] = [
    ['a job that runs', 'Current', () => job({}, '0#0 Running')],
    ['a job that is being started', 'InProgress', () => job({}, '0#0 Pending')],
    ['a job that has ended well', 'Current', () => job(ENDS, '0#0 Succeeded @90')],
    ['a job that has failed for good', 'Failed', () => job(ENDS, '0#0 Failed Program @90')],
    ['a fault domain that serves', 'Current', () => own({})],
    ['a fault domain whose Mesos is away', 'InProgress', () => own({ mesosConnected: false })],
    ['a fault domain that waits for a person', 'Failed', () => own({ halted: 'removed' })],
    ['one that a person has helped', 'Current', () => own({}, own({ halted: 'removed' }))],
    ['another fault domain that answers', 'Current', () => peer(0)],
    ['another fault domain that does not', 'InProgress', () => peer(3)],
    ['a Volume that nobody has used', 'InProgress', () => volume(undefined, 'Active')],
    ['a capacity group', 'Current', group],
  ];
  for (const [what, expected, make] of rows) {
    it(`is ${expected} of ${what}, and unfinished once it is asked for anew`, () => {
      const seen = make();
      expect(kstatus(seen)).to.equal(expected);
      expect(later(seen)).to.deep.equal(['InProgress', 'Terminating']);
      for (const { type, observedGeneration } of seen.status?.conditions ?? []) {
        expect(observedGeneration, type).to.equal(seen.metadata.generation);
      }
    });
  }
});
