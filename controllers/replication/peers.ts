import {
  type FaultDomain,
  JOB,
  type Job,
  TOMBSTONE,
  type Tombstone,
} from '../../src/api/kinds.gen.ts';
import type { OpenPeer, Peer } from '../../src/federation/port.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { createInformer, type Informer } from '../../src/runtime/informer.ts';

export interface PeersOptions extends Pick<Runtime, 'clock' | 'random' | 'log'> {
  readonly home: string;
  readonly domains: Informer<FaultDomain>;
  readonly openPeer: OpenPeer;
  /** Told the key of each job that changed at a peer. */
  onChange(key: string): void;
}

/** What the other fault domains have, as last heard. */
export interface Peers {
  /** The job with this key at each peer that has it. */
  jobs(key: string): ReadonlyMap<string, Job>;
  /** Whether a peer knows that the job with this uid was deleted. */
  isDead(uid: string): boolean;
  stop(): void;
}

interface Followed {
  readonly api: string;
  readonly jobs: Informer<Job>;
  readonly tombstones: Informer<Tombstone>;
  readonly stop: () => void;
}

/** Follows every other fault domain, from when its object appears until it goes. */
export function followPeers(options: PeersOptions): Peers {
  const { home, domains } = options;
  const followed = new Map<string, Followed>();

  function update(name: string, domain: FaultDomain | undefined): void {
    if (name === home) return;
    const known = followed.get(name);
    if (known?.api === domain?.spec.api) return;
    known?.stop();
    followed.delete(name);
    if (domain !== undefined) followed.set(name, follow(domain, options));
  }

  const unsubscribe = domains.onChange(({ key, now }) => update(key, now));
  for (const domain of domains.values()) update(domain.metadata.name, domain);

  return {
    jobs(key) {
      const found = [...followed].flatMap(([name, { jobs }]): [string, Job][] => {
        const job = jobs.get(key);
        return job === undefined ? [] : [[name, job]];
      });
      return new Map(found);
    },
    isDead: (uid) =>
      [...followed.values()].some(({ tombstones }) => tombstones.by('uid', uid).length > 0),
    stop() {
      unsubscribe();
      for (const { stop } of followed.values()) stop();
    },
  };
}

/** Tombstones first, so that no job is taken over that is known to be deleted. */
function follow(domain: FaultDomain, options: PeersOptions): Followed {
  const { clock, random, onChange } = options;
  const log = options.log.child({ peer: domain.metadata.name });
  const peer = options.openPeer(domain);
  const stopping = new AbortController();
  const common = { client: reader(peer, stopping.signal), clock, random, log };
  const jobs = createInformer({ ...common, kind: JOB });
  const tombstones = createInformer({
    ...common,
    kind: TOMBSTONE,
    indexes: { uid: ({ spec }: Tombstone) => [spec.uid] },
  });
  jobs.onChange(({ key }) => onChange(key));
  tombstones.onChange(({ now }) => {
    if (now?.spec.kind !== JOB.kind) return;
    const { namespace } = now.metadata;
    onChange(namespace === undefined ? now.spec.name : `${namespace}/${now.spec.name}`);
  });
  void tombstones.run(stopping.signal);
  void tombstones.whenSynced().then(() => jobs.run(stopping.signal));
  return { api: domain.spec.api, jobs, tombstones, stop: () => stopping.abort() };
}

function reader(peer: Peer, signal: AbortSignal): Parameters<typeof createInformer>[0]['client'] {
  return {
    list: (kind) => peer.list(kind, signal),
    watch: (kind, after, until) => peer.watch(kind, after, until),
  };
}
