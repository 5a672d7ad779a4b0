import { createDepartures } from '../cache/departures.ts';
import type { Held } from '../cache/held.ts';
import type { KindCache, Written } from '../cache/kind-cache.ts';
import type { Change } from '../cache/window.ts';
import type { Schema } from '../port.ts';
import { tidy } from '../schema/tidy.ts';

export interface View {
  readonly apiVersion: string;
  readonly schema: Schema;
}

/**
 * A kind's cache as one version of the kind shows it: every object bears that version, without the fields
 * that its schema doesn't know (any more) and with the defaults that it has (since). An object that is
 * shown as it is stored is not copied; each other one is made once, when it is first read.
 */
export function viewOf(cache: KindCache, { apiVersion, schema }: View): KindCache {
  const shown = new WeakMap<Held, Held>();

  function show(held: Held): Held {
    const known = shown.get(held);
    if (known !== undefined) return known;
    const { object } = held;
    const tidied = tidy(schema, object, { unknown: [], defaults: true }) as typeof object;
    const same = tidied === object && object.apiVersion === apiVersion;
    const made = same ? held : held.shownAs({ ...tidied, apiVersion });
    shown.set(held, made);
    return made;
  }

  const showWritten = ({ revision, held }: Written): Written => ({
    revision,
    held: held && show(held),
  });
  const showChange = ({ held, old, ...change }: Change): Change => ({
    ...change,
    held: show(held),
    ...(old === undefined ? {} : { old: show(old) }),
  });

  return {
    get size() {
      return cache.size;
    },
    get changedAt() {
      return cache.changedAt;
    },
    get wroteAt() {
      return cache.wroteAt;
    },
    window: {
      get end() {
        return cache.window.end;
      },
      get floor() {
        return cache.window.floor;
      },
      push: cache.window.push,
      raiseFloor: cache.window.raiseFloor,
      startOver: cache.window.startOver,
      after: cache.window.after,
      age: cache.window.age,
      read: (cursor, limit) => cache.window.read(cursor, limit)?.map(showChange),
    },
    get(local) {
      const held = cache.get(local);
      return held && show(held);
    },
    *scan(prefix, after) {
      for (const [local, held] of cache.scan(prefix, after)) yield [local, show(held)];
    },
    count: cache.count,
    keyAt: cache.keyAt,
    scanPast(at, changesMax) {
      const scan = cache.scanPast(at, changesMax);
      if (scan === undefined) return undefined;
      return function* scanShown(prefix, after) {
        for (const [local, held] of scan(prefix, after)) yield [local, show(held)];
      };
    },
    newest(local) {
      const written = cache.newest(local);
      return written && showWritten(written);
    },
    wrote: cache.wrote,
    own: cache.own,
    form: undefined,
    load: cache.load,
    caughtUp: cache.caughtUp,
    put: cache.put,
    drop: cache.drop,
    departure: createDepartures((held) => held),
    startOver: cache.startOver,
    onChange: cache.onChange,
    onKeyChange: cache.onKeyChange,
    shown: show,
    ring: cache.ring,
  };
}
