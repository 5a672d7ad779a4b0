import { Command } from 'commander';
import { TitanError } from '../api/error.ts';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import type { DesiredObject } from '../gitops/document.ts';
import type { Clock } from '../runtime/port.ts';
import type { Output } from './output.ts';
import { contextOption, findTarget, kubeconfigOption, type TargetFlags } from './target.ts';

interface LeaderFlags extends TargetFlags {
  /** `true` where nobody is named. */
  readonly move?: string | true;
}

export interface LeaderParts {
  readonly output: Output;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly acquireTime?: string;
  readonly leaseTransitions?: number;
}

const LEASE: DesiredObject = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'titan', namespace: 'kube-system' },
};
const ANYONE = '*';
const POLL_MS = 200;
const PATIENCE_MS = 60_000;

const HELP = `
All replicas answer the API; the leader also holds the Mesos framework and runs the controllers. Tasks
do not notice when another takes over. A replica that is named and does not run leaves the office empty
until the lease of the last leader is over; then any other takes it.

Examples:
  titan leader
  titan leader --move
  titan leader --move titan-2 --context dc2`;

/** \`titan leader\`: shows which replica leads a fault domain, and has another one lead. */
export function leaderCommand({ output, connect, clock }: LeaderParts): Command {
  return new Command('leader')
    .summary('show which replica leads, or have another one lead')
    .description('Shows which replica of a fault domain leads; --move has another one lead.')
    .option('--move [identity]', 'another replica is to lead: the one named, or any')
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', HELP)
    .action(async ({ move, ...flags }: LeaderFlags) => {
      const cluster = await connect(findTarget(flags));
      const before = await leaseOf(cluster);
      if (move === undefined) {
        output.line(textOf(before));
        return;
      }
      if (move === before.holderIdentity) {
        output.done(`${move} leads already`);
        return;
      }
      const spec = { preferredHolder: move === true ? ANYONE : move };
      await cluster.merge({ ...LEASE, spec }, 'titan');
      const after = await moved(cluster, before, clock);
      output.done(`${after.holderIdentity} leads now, ${before.holderIdentity} did before`);
    });
}

/** Waits for another term of office, whoever holds it. */
async function moved(
  cluster: Cluster,
  { leaseTransitions }: LeaseSpec,
  clock: Pick<Clock, 'now' | 'sleep'>,
): Promise<LeaseSpec> {
  const late = clock.now() + PATIENCE_MS;
  while (clock.now() < late) {
    const lease = await leaseOf(cluster);
    if (lease.leaseTransitions !== leaseTransitions) return lease;
    await clock.sleep(POLL_MS);
  }
  throw new TitanError(
    'Timeout',
    'no other replica took over: see that one runs (titan serve), then look with titan leader',
  );
}

async function leaseOf(cluster: Cluster): Promise<LeaseSpec> {
  const lease = (await cluster.get(LEASE)) as DesiredObject & { readonly spec?: LeaseSpec };
  return lease.spec ?? {};
}

function textOf({ holderIdentity, acquireTime, leaseTransitions = 0 }: LeaseSpec): string {
  if (!holderIdentity) return 'No replica has led yet';
  return `${holderIdentity} has led since ${acquireTime?.replace(/\.\d+Z$/, 'Z')} (change of leader ${leaseTransitions})`;
}
