import { MAINTENANCE_LEAD_MS } from '../../src/api/agent.ts';
import type { Agent } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import type { Away, Framework, Offer, Scalars } from '../../src/mesos/port.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import type { Clock } from '../../src/runtime/port.ts';
import type { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import { type Amounts, type Items, partsOf } from '../../src/scheduling/objects/amounts.ts';

export interface OfferedOptions {
  readonly framework: Pick<Framework, 'offers' | 'followOffers'>;
  /** With index `id`. */
  readonly agents: Informer<Agent>;
  readonly snapshot: Snapshot;
  readonly clock: Pick<Clock, 'now'>;
}

/** What Mesos offers of each agent, as the snapshot has it. */
interface Offered {
  /** The agent has come to the snapshot, gone from it or changed there: until it is settled nothing of a new one is offered. */
  look(name: string): void;
  /** Takes over what is offered now: costs by the agents that changed, and by those whose offers did. */
  settle(): void;
  stop(): void;
}

const NOTHING: readonly Offer[] = [];

export function followOffered({ framework, agents, snapshot, clock }: OfferedOptions): Offered {
  const news = framework.followOffers();
  /** What each agent's free room was last set to. */
  const known = new Map<string, readonly Offer[]>();
  const unsettled = new Set<string>();

  function set(name: string, offers: readonly Offer[]): void {
    known.set(name, offers);
    const used = offers.filter(({ away }) => !isLeaving(away, clock.now()));
    const { capacity, reserved } = partsOf(sumOf(used));
    snapshot.offer(name, capacity, reserved);
  }

  return {
    look(name) {
      unsettled.add(name);
      if (!snapshot.agents.has(name)) known.delete(name);
      else if (!known.has(name)) set(name, NOTHING);
    },
    settle() {
      const offers = framework.offers();
      for (const agentId of news.take()) {
        for (const { metadata } of agents.by('id', agentId)) unsettled.add(metadata.name);
      }
      for (const name of unsettled) {
        const held = offers.get(agents.get(name)?.status?.agentId ?? '') ?? NOTHING;
        if (known.has(name) && held !== known.get(name)) set(name, held);
      }
      unsettled.clear();
    },
    stop: news.stop,
  };
}

/** Whether the agent is to be emptied, though its object may not say so yet. */
function isLeaving(away: Away | undefined, now: Millis): boolean {
  return away !== undefined && now >= away.startAt - MAINTENANCE_LEAD_MS;
}

function sumOf(offers: readonly Offer[]): Amounts {
  const all = offers.map(({ resources }) => resources);
  const itemNames = new Set(all.flatMap(({ items = {} }) => Object.keys(items)));
  const items = [...itemNames].map((name): [string, Items] => [
    name,
    itemsIn(all.flatMap((each) => each.items?.[name] ?? [])),
  ]);
  const groups = new Set(all.flatMap(({ reserved = {} }) => Object.keys(reserved)));
  const reserved = [...groups].map((group) => [
    group,
    scalarsIn(all.flatMap((each) => each.reserved?.[group] ?? [])),
  ]);
  return {
    ...scalarsIn(all),
    ports: all.flatMap(({ ports }) => ports).toSorted((a, b) => a.begin - b.begin),
    items: Object.fromEntries(items),
    reserved: Object.fromEntries(reserved),
  };
}

function scalarsIn(parts: readonly Scalars[]): Scalars {
  const sum = (of: (part: Scalars) => number) => parts.reduce((total, part) => total + of(part), 0);
  const names = new Set(parts.flatMap(({ others = {} }) => Object.keys(others)));
  const others = [...names].map((name) => [name, sum((part) => part.others?.[name] ?? 0)]);
  return {
    cpus: sum(({ cpus }) => cpus),
    memoryMiB: sum(({ memoryMiB }) => memoryMiB),
    diskMiB: sum(({ diskMiB }) => diskMiB),
    others: Object.fromEntries(others),
  };
}

/** All of one name, as one. */
function itemsIn(parts: readonly Items[]): Items {
  const items = parts.flatMap((part) => (part.type === 'set' ? part.items : []));
  const ranges = parts.flatMap((part) => (part.type === 'ranges' ? part.ranges : []));
  return ranges.length === 0
    ? { type: 'set', items: items.toSorted() }
    : { type: 'ranges', ranges: ranges.toSorted((a, b) => a.begin - b.begin) };
}
