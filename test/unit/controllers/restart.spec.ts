import { expect } from 'chai';
import { sequelOf } from '../../../controllers/job/retry.ts';
import { restartOf } from '../../../controllers/task/restart.ts';
import type { Job, Task } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { aJob, aTask } from '../../support/builders.ts';

const UID = '30000000-0000-4000-8000-000000000000';

interface Case {
  readonly what: string;
  readonly job?: Partial<Job['spec']>;
  readonly spec?: Partial<Task['spec']>;
  readonly status?: Partial<NonNullable<Task['status']>>;
  readonly meta?: Partial<Task['metadata']>;
}

function ended({ job = {}, spec = {}, status = {}, meta = {} }: Omit<Case, 'what'> = {}) {
  const owner = aJob(job);
  const task = aTask('2#4 Failed', revisionOf(owner));
  const here = { agent: 'a1', agentId: 'id-1', ports: [31_000], fault: 'Program' } as const;
  const moved: Task = {
    ...task,
    metadata: { ...task.metadata, ...meta },
    spec: { ...task.spec, ...spec },
    status: { ...task.status, ...here, ...status },
  };
  const world = { sequelOf, home: 'dc1', uid: UID, now: 0 };
  return {
    job: owner,
    restart: restartOf(moved, owner, world),
    without: restartOf(moved, undefined, world),
  };
}

describe('a restart while the store is away', () => {
  it('is the next attempt of the same instance, on the same agent and ports, with an id of its own', () => {
    const { restart, without } = ended();
    const { metadata, spec, status } = restart?.task ?? {};
    expect(metadata).to.include({ name: 'web-dc1-2-5', uid: UID });
    expect(spec).to.include({ slot: '2', attempt: 5, retries: 1 });
    expect(status).to.deep.include({
      phase: 'Staging',
      agent: 'a1',
      agentId: 'id-1',
      ports: [31_000],
      mesosTaskId: `web-dc1-2-5.${UID}`,
    });
    expect(without, 'of no known job').to.equal(undefined);
  });

  const claim = { name: 'data', claim: 'data' };
  const secret = { name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } };
  const cases: readonly Case[] = [
    { what: 'was told to stop', status: { killsSent: 1 } },
    { what: 'is being deleted', meta: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
    { what: 'was lost', status: { phase: 'Lost', fault: 'System' } },
    { what: 'failed by no fault of its own', status: { fault: 'System' } },
    { what: 'is of another version than the job', spec: { revision: 'another' } },
    { what: 'has no restarts left', job: { numRetries: 0 } },
    { what: 'is not to be restarted', job: { restartOnFailure: false } },
    { what: 'is exclusive', job: { partition: { exclusive: true, stopOnAgentAfter: '60s' } } },
    { what: 'is one of a gang', job: { gang: {} as never } },
    { what: 'has a Volume', spec: { volumes: [claim] as never } },
    { what: 'has a secret', spec: { env: [secret] as never } },
    { what: 'has an executor of its job', spec: { executor: { shared: true } as never } },
    { what: 'has shares', status: { resourceSets: [{ set: 'eni', slot: 1 }] as never } },
    { what: 'belongs to another job', meta: { ownerReferences: [] } },
  ];
  for (const { what, ...given } of cases) {
    it(`is not for a task that ${what}`, () => {
      expect(ended(given).restart).to.equal(undefined);
    });
  }
});
