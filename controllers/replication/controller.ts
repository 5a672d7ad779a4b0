import { asTitanError } from '../../src/api/error.ts';
import { type FaultDomain, JOB, type Job, type Tombstone } from '../../src/api/kinds.gen.ts';
import { keyOf, type Millis } from '../../src/api/object.ts';
import type { OpenPeer } from '../../src/federation/port.ts';
import type { Running, Runtime } from '../../src/runtime/controller.ts';
import { sameJson } from '../../src/runtime/equal.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { createWorkQueue } from '../../src/runtime/queue.ts';
import { followPeers } from './peers.ts';
import { planReplica, type ReplicaStep } from './plan.ts';

export interface ReplicationOptions extends Runtime {
  readonly home: string;
  readonly domains: Informer<FaultDomain>;
  readonly jobs: Informer<Job>;
  /** With an index `uid`: that of what was deleted. */
  readonly tombstones: Informer<Tombstone>;
  readonly openPeer: OpenPeer;
}

const CONCURRENCY = 20;
/** Changes of one job that come within this time are looked at together. */
const SETTLE_MS = 100;

/**
 * Keeps our jobs equal to those of every other fault domain, by pulling. A peer that is away changes
 * nothing here: what was last heard of it stands, and it is asked again with back-off.
 */
export function runReplication(options: ReplicationOptions): Running {
  const { client, clock, random, jobs, tombstones, recorder } = options;
  const log = options.log.child({ controller: 'replication' });

  const queue = createWorkQueue({
    clock,
    random,
    concurrency: CONCURRENCY,
    work: pass,
    onError(key, thrown, failures) {
      const error = asTitanError(thrown);
      if (error.reason === 'Conflict' && failures < 3) return;
      log.warn('replication failed, will try again', { job: key, failures, error: error.message });
    },
  });
  const look = (key: string) => queue.addAfter(key, SETTLE_MS);
  const peers = followPeers({ ...options, onChange: look });
  const stops = [jobs.onChange(({ key }) => look(key))];

  async function pass(key: string): Promise<Millis> {
    const step = planReplica({
      local: jobs.get(key),
      peers: peers.jobs(key),
      isDead: (uid) => tombstones.by('uid', uid).length > 0 || peers.isDead(uid),
    });
    await take(step);
    return Number.POSITIVE_INFINITY;
  }

  async function take(step: ReplicaStep): Promise<void> {
    switch (step.do) {
      case 'nothing':
        return;
      case 'delete':
        log.info('job deleted elsewhere', { job: step.job.metadata.name });
        return client.delete(JOB, keyOf(step.job), { uid: step.job.metadata.uid });
      case 'take': {
        const job = await client.replicate(JOB, step.job);
        log.info('job taken over', { job: job.metadata.name, generation: job.metadata.generation });
        return;
      }
      case 'status':
        if (sameJson(step.status.domains ?? [], step.job.status?.domains ?? [])) return;
        await client.updateStatus(JOB, { ...step.job, status: step.status });
    }
  }

  return {
    get idle() {
      return queue.idle;
    },
    async stop() {
      for (const stop of stops) stop();
      peers.stop();
      await queue.stop();
      await recorder.flush();
    },
  };
}

/** The uids that a tombstone speaks of, for an informer's index. */
export function tombstoneUids({ spec }: Tombstone): readonly string[] {
  return [spec.uid];
}
