import type { Kind } from '../api/kind.ts';
import type { ApiObject, Millis } from '../api/object.ts';
import { LEASE } from '../registry/builtin/lease.ts';
import type { Replica } from './replicas.ts';
import type { ReplicaStrike } from './scenarios.ts';
import type { WeatherOptions } from './weather.ts';

/** The longest time of each, which most do not come near to. */
const MOST_MS = { pause: 60_000, cut: 90_000, jump: 3_600_000, moved: 10_000 };

/** Who leads, as people see it and say it. */
const LEADER = LEASE as Kind<
  ApiObject & {
    readonly spec?: { readonly holderIdentity?: string; readonly preferredHolder?: string };
  }
>;

/** What becomes of control planes, each time of one that lives. */
export function replicaStrikes(
  options: Pick<WeatherOptions, 'client' | 'clock' | 'replicas' | 'random' | 'note'>,
): Readonly<Record<ReplicaStrike, () => Promise<void> | void>> {
  const { client, clock, replicas, random, note } = options;

  function upTo(mostMs: Millis): Millis {
    return Math.ceil(random.next() ** 2 * mostMs);
  }

  function strike(what: string, deed: (replica: Replica, spanMs: Millis) => void, mostMs = 0) {
    return () => {
      const here = replicas.all.filter(({ alive, paused }) => alive && !paused);
      const replica = here[Math.floor(random.next() * here.length)];
      if (replica === undefined) return;
      const spanMs = upTo(mostMs);
      note(`${replica.name} ${what}${mostMs > 0 ? ` ${spanMs} ms` : ''}`);
      deed(replica, spanMs);
    };
  }

  /** @returns who led before; `undefined` where nobody says that he leads */
  async function moveTo(preferredHolder: string): Promise<string | undefined> {
    const key = { namespace: 'kube-system', name: 'titan' };
    const lease = await client.get(LEADER, key).catch(() => undefined);
    if (lease === undefined) return undefined;
    note(`people want ${preferredHolder} to lead`);
    await client.update(LEADER, { ...lease, spec: { ...lease.spec, preferredHolder } });
    return lease.spec?.holderIdentity;
  }

  async function moveThereAndBack(): Promise<void> {
    const here = replicas.all.filter(({ alive, paused }) => alive && !paused);
    const to = here[Math.floor(random.next() * here.length)];
    const before = to && (await moveTo(to.name));
    if (before !== undefined) clock.after(upTo(MOST_MS.moved), () => void moveTo(before));
  }

  return {
    'leader-moved': moveThereAndBack,
    killed: strike('is killed', (replica) => replica.kill()),
    terminated: strike('is told to end', (replica) => replica.terminate()),
    paused: strike('stands still for', (replica, ms) => replica.pause(ms), MOST_MS.pause),
    'store-cut': strike('has no store for', (replica, ms) => replica.cutStore(ms), MOST_MS.cut),
    'mesos-cut': strike('has no Mesos for', (replica, ms) => replica.cutMesos(ms), MOST_MS.cut),
    'clock-set': strike(
      'has its clock set by',
      (replica, ms) => replica.jump(random.next() < 0.5 ? ms : -ms),
      MOST_MS.jump,
    ),
  };
}
