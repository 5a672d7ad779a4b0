import type { Entry } from '../../src/scheduling/queue/entry.ts';
import { amountsFrom } from '../../src/scheduling/shares/amounts.ts';

/** An entry of one task in group `a` that asks for one unit of processor, unless told. */
export function anEntry({ cpus = 1, ...more }: Partial<Entry> & { readonly cpus?: number }): Entry {
  const ask = more.ask ?? amountsFrom({ cpus });
  const key = more.key ?? 'task';
  return {
    key,
    group: 'a',
    priority: 0,
    since: 0,
    readyAt: 0,
    class: ask.join('/'),
    ask,
    members: [{ key, ask }],
    ...more,
  };
}
