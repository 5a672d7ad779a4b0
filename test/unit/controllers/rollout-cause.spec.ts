import { expect } from 'chai';
import { causeOfFailing } from '../../../controllers/job/rollout/cause.ts';
import { rolledOut } from '../../../controllers/job/rollout/condition.ts';
import type { JobStatus, TaskStatus } from '../../../src/api/kinds.gen.ts';
import { updateOf } from '../../../src/api/update.ts';
import { aJob, aTask } from '../../support/builders.ts';

type Domain = NonNullable<JobStatus['domains']>[number];

/** What Mesos says of a container that takes too much memory: pages of it. */
const MEMORY = 'Memory limit exceeded: Requested: 32MB Maximum Used: 33MB\n\nMEMORY STATISTICS: \n';
const DISK = 'Disk usage (41MB) exceeds quota (40MB)';

/** The cause that a rollout names for a task that ended, or lives, as it does. */
function causeOf(status: Partial<TaskStatus>, late: boolean) {
  const task = aTask('0#0 Running');
  const times = { initialDelaySeconds: 0, periodSeconds: 1, timeoutSeconds: 1 };
  const probe = { tcpSocket: { port: 80 }, ...times };
  const needs = { cpus: 0.1, memoryMiB: 32, diskMiB: 0 };
  const shipper = { name: 'shipper', image: 'shipper:2', ...needs, readinessProbe: probe };
  const spec = { ...task.spec, readinessProbe: probe, sidecars: [shipper] };
  const culprit = { ...task, spec, status: { ...task.status, agent: 'a1', ...status } };
  const fare = { healthy: false, failures: 1, culprit, late, changesAt: Number.POSITIVE_INFINITY };
  return causeOfFailing([fare], 1, updateOf(aJob()));
}

describe('the cause of a failed rollout', () => {
  const failed = { phase: 'Failed', fault: 'Program' } as const;
  const rows: readonly (readonly [Partial<TaskStatus>, string])[] = [
    [{ ...failed, exitCode: 3, message: 'Command exited with status 3' }, 'ended with exit code 3'],
    [
      { ...failed, signal: 'SIGKILL', message: 'Command terminated with signal Killed' },
      'was ended by SIGKILL',
    ],
    [
      { ...failed, outOfMemory: true, reason: 'ContainerLimitationMemory', message: MEMORY },
      'took more memory than it may (Memory limit exceeded: Requested: 32MB Maximum Used: 33MB)',
    ],
    [
      { ...failed, reason: 'ContainerLimitationDisk', message: DISK },
      `is Failed: ContainerLimitationDisk (${DISK})`,
    ],
    [
      { ...failed, reason: 'Unhealthy', message: 'its liveness probe failed' },
      'is Failed: Unhealthy (its liveness probe failed)',
    ],
    [
      { ...failed, reason: 'ContainerLaunchFailed', message: 'x'.repeat(999) },
      `is Failed: ContainerLaunchFailed (${'x'.repeat(159)}…)`,
    ],
  ];
  for (const [status, says] of rows) {
    it(`is one line: ${says.slice(0, 60)}`, () => {
      const cause = causeOf(status, false);
      expect(cause).to.include({ reason: 'TooManyFailures', culprit: 'web-dc1-0-0' });
      expect(cause?.message).to.equal(`1 instance failed: web-dc1-0-0 on a1 ${says}`);
    });
  }

  const late: readonly (readonly [Partial<TaskStatus>, string])[] = [
    [{ phase: 'Staging' }, 'is Staging'],
    [{}, 'runs but is not ready, its readiness probe had no answer'],
    [{ probeResult: 'HTTP 503' }, 'runs but is not ready, its readiness probe saw HTTP 503'],
    [
      { ready: true, probeResult: 'HTTP 200' },
      'runs but is not ready, its sidecar shipper is not ready',
    ],
    [
      { ready: true, sidecars: [{ name: 'shipper', phase: 'Running', ready: true }] },
      'is ready, but has not been for long',
    ],
  ];
  for (const [status, says] of late) {
    it(`tells what comes too late: ${says}`, () => {
      const message = `1 instance not healthy within 300 s: web-dc1-0-0 on a1 ${says}`;
      expect(causeOf(status, true)?.message).to.equal(message);
    });
  }

  const printed = [
    { stderr: undefined, says: 'it failed' },
    { stderr: '\n \n', says: 'it failed' },
    { stderr: 'Traceback:\n  line 3\nKeyError: DB_HOST\n', says: 'it failed (KeyError: DB_HOST)' },
    { stderr: 'y'.repeat(300), says: `it failed (${'y'.repeat(159)}…)` },
  ];
  for (const { stderr, says } of printed) {
    it(`ends with the last line that the task printed, once that is known: ${says.slice(0, 40)}`, () => {
      const at = '2026-01-01T00:00:00Z';
      const rollout = { revision: 'r', number: 2, startedAt: at, progressAt: at } as const;
      const end = { task: 'web-dc1-0-1', attempt: 1, phase: 'Failed' } as const;
      const domain: Domain = {
        name: 'dc1',
        rollout: { ...rollout, phase: 'RolledBack', message: 'it failed', culprit: end.task },
        ends: [
          { ...end, task: 'web-dc1-0-0', stderr: 'of another' },
          { ...end, ...(stderr === undefined ? {} : { stderr }) },
        ],
      };
      const { message } = rolledOut([domain]);
      expect(message).to.equal(`dc1: revision 2 was rolled back: ${says}`);
    });
  }
});
