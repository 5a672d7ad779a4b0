import { type Guard, guardOf } from '../api/guard.ts';
import type { FaultDomain } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import type { V1Call, V1Event } from '../mesos/v1.ts';
import type { Clock } from '../runtime/port.ts';
import type { Violation } from './promises.ts';

/** Hears every call that reaches Mesos, and remembers the first promise that was broken by one. */
export interface Wiretap {
  heard(call: V1Call): void;
  /** Is told what has reached a control plane that runs. */
  told(event: V1Event): void;
  /** Another control plane leads: what it may do in a minute is counted anew. */
  seated(): void;
  check(): Violation | undefined;
}

export interface WiretapOptions {
  /** What is wrong about destroying this data. */
  readonly destroys: (persistenceId: string) => Violation | undefined;
  /** Whether the record of a task cannot be read now. */
  readonly isUnreadable: (mesosTaskId: string) => boolean;
  readonly clock: Pick<Clock, 'now'>;
  readonly domain: () => FaultDomain | undefined;
  /** How many tasks the store believes to be at Mesos. */
  readonly tasksAtMesos: () => number;
}

const MINUTE_MS = 60_000;
/** An offer that was taken back so long ago is used no more. */
const HEARD_MS = 1_000;

export function createWiretap(options: WiretapOptions): Wiretap {
  const { clock, domain, tasksAtMesos, destroys, isUnreadable } = options;
  const used = new Set<string>();
  const rescinded = new Map<string, Millis>();
  /** Data that was destroyed since the last look: why is seen once all of this moment has been taken up. */
  let destroyed: string[] = [];
  /** So are tasks that were told to stop while their records could not be read. */
  let killed: string[] = [];
  let launches: Millis[] = [];
  let kills: Millis[] = [];
  let hadId = false;
  let broken: Violation | undefined;

  /** I10: how many there were in the last minute, this one included. */
  function inMinute(times: Millis[], count: number): Millis[] {
    const now = clock.now();
    const recent = times.filter((at) => at > now - MINUTE_MS);
    return [...recent, ...Array.from({ length: count }, () => now)];
  }

  function bounded(what: string, times: readonly Millis[], most: number): Violation | undefined {
    if (times.length <= most) return undefined;
    const text = `${times.length} ${what} within a minute, the most is ${most}`;
    return { invariant: 'I10', text };
  }

  function accepts(call: V1Call, guard: Guard): Violation | undefined {
    const ids = (call.accept?.offer_ids ?? []).map(({ value }) => value);
    const twice = ids.find((id) => used.has(id));
    for (const id of ids) used.add(id);
    if (twice !== undefined) return { invariant: 'I6', text: `the offer ${twice} is used twice` };
    const gone = ids.find((id) => clock.now() - (rescinded.get(id) ?? clock.now()) > HEARD_MS);
    if (gone !== undefined)
      return { invariant: 'I6', text: `the offer ${gone} is used though it was taken back` };
    for (const { destroy } of call.accept?.operations ?? []) {
      destroyed.push(...(destroy?.volumes ?? []).map(({ disk }) => disk?.persistence?.id ?? ''));
    }
    const tasks = (call.accept?.operations ?? []).flatMap(({ launch }) => launch?.task_infos ?? []);
    launches = inMinute(launches, tasks.length);
    return bounded('launches', launches, guard.launchesPerMinute);
  }

  /** A framework id is for ever: a new one would leave the tasks of the old one to nobody. */
  function subscribes(call: V1Call): Violation | undefined {
    const isNew = call.framework_id === undefined;
    const tasks = tasksAtMesos();
    if (isNew && hadId && tasks > 0) {
      return {
        invariant: 'I10',
        text: `a new framework id, with ${tasks} tasks under the old one`,
      };
    }
    hadId = true;
    return undefined;
  }

  function find(call: V1Call): Violation | undefined {
    if (call.type === 'SUBSCRIBE') return subscribes(call);
    if (call.type === 'ACCEPT') return accepts(call, guardOf(domain()));
    if (call.type !== 'KILL') return undefined;
    const id = call.kill?.task_id.value ?? '';
    if (isUnreadable(id)) killed.push(id);
    kills = inMinute(kills, 1);
    return bounded('kills', kills, guardOf(domain()).killsPerMinute);
  }

  return {
    heard(call) {
      broken ??= find(call);
    },
    told(event) {
      const id = event.rescind?.offer_id.value;
      if (id !== undefined) rescinded.set(id, clock.now());
    },
    seated() {
      launches = [];
      kills = [];
    },
    check() {
      for (const id of destroyed) broken ??= destroys(id);
      destroyed = [];
      const unread = killed.find(isUnreadable);
      killed = [];
      if (unread !== undefined) {
        const text = `${unread} is killed, whose record cannot be read`;
        broken ??= { invariant: 'I4', text };
      }
      return broken;
    },
  };
}
