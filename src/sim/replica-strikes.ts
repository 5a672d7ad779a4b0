import type { Millis } from '../api/object.ts';
import type { Replica } from './replicas.ts';
import type { ReplicaStrike } from './scenarios.ts';
import type { WeatherOptions } from './weather.ts';

/** The longest time of each, which most do not come near to. */
const MOST_MS = { pause: 60_000, cut: 90_000, jump: 3_600_000 };

/** What becomes of control planes, each time of one that lives. */
export function replicaStrikes(
  options: Pick<WeatherOptions, 'replicas' | 'random' | 'note'>,
): Readonly<Record<ReplicaStrike, () => void>> {
  const { replicas, random, note } = options;

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

  return {
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
