import type { Agent } from '../../api/kinds.gen.ts';
import { attributesOf, type Home } from '../objects/view.ts';
import { type Amounts, addTo, NOTHING, plus } from '../shares/amounts.ts';
import type { Keepers } from './keepers.ts';
import { amountsOf, capacityOf } from './read.ts';

/** What only the tasks of one capacity group may use: whole agents, and what is reserved for it on others. */
export interface Reserved {
  /** Agents that take no other tasks. */
  readonly agents: number;
  readonly amounts: Amounts;
}

/** What is reserved for whom, kept by change: an agent costs by the groups that it keeps something for. */
export interface Reservations {
  put(agent: Agent): void;
  drop(name: string): void;
  /** Counts all agents anew: which are kept for whom may be another matter now. */
  recount(): void;
  has(group: string): boolean;
  of(group: string): Reserved;
}

interface Row {
  agents: number;
  /** Agents that have anything for the group. */
  parts: number;
  readonly amounts: number[];
}

interface Options {
  readonly home: Home;
  readonly keepers: Pick<Keepers, 'of'>;
  /** Told for which group there is more or less than there was. */
  tell(group: string): void;
}

interface Share {
  readonly group: string;
  readonly amounts: Amounts;
  readonly isWhole: boolean;
}

export function createReservations({ home, keepers, tell }: Options): Reservations {
  const agents = new Map<string, { readonly agent: Agent; readonly shares: readonly Share[] }>();
  const rows = new Map<string, Row>();

  function sharesOf(agent: Agent): readonly Share[] {
    const all = capacityOf(agent);
    if (all === NOTHING) return [];
    const parts = Object.entries(agent.status?.capacity?.reserved ?? {}).map(([group, own]) => ({
      group,
      amounts: amountsOf(own),
      isWhole: false,
    }));
    const group = keepers.of(attributesOf(agent, home));
    if (group === undefined) return parts;
    const amounts = [...all];
    for (const part of parts) if (part.group !== group) addTo(amounts, part.amounts, -1);
    return [{ group, amounts, isWhole: true }];
  }

  function count({ group, amounts, isWhole }: Share, by: 1 | -1): void {
    const row = rows.get(group) ?? { agents: 0, parts: 0, amounts: [...NOTHING] };
    row.parts += by;
    if (isWhole) row.agents += by;
    addTo(row.amounts, amounts, by);
    if (row.parts === 0) rows.delete(group);
    else rows.set(group, row);
    tell(group);
  }

  function drop(name: string): void {
    for (const share of agents.get(name)?.shares ?? []) count(share, -1);
    agents.delete(name);
  }

  function put(agent: Agent): void {
    const { name } = agent.metadata;
    const shares = sharesOf(agent);
    if (JSON.stringify(agents.get(name)?.shares) === JSON.stringify(shares)) {
      agents.set(name, { agent, shares });
      return;
    }
    drop(name);
    agents.set(name, { agent, shares });
    for (const share of shares) count(share, 1);
  }

  return {
    put,
    drop,
    recount() {
      for (const { agent } of [...agents.values()]) put(agent);
    },
    has: (group) => rows.has(group),
    of(group) {
      const { agents: whole = 0, amounts = NOTHING } = rows.get(group) ?? {};
      return { agents: whole, amounts: plus(amounts, NOTHING) };
    },
  };
}
