import { type Amounts, addTo, NOTHING } from '../shares/amounts.ts';

/** How many tasks of a group have an agent, how many wait for one, and what those ask for. */
export interface Tally {
  readonly tasks: number;
  readonly pendingTasks: number;
  readonly pending: Amounts;
}

/** A task as it is counted. */
export interface Counted {
  readonly group: string;
  readonly ask: Amounts;
  readonly waits: boolean;
}

interface Row {
  tasks: number;
  pendingTasks: number;
  readonly pending: number[];
}

export type Tallies = ReturnType<typeof createTallies>;

/** Tallies by group, each change in constant time. */
export function createTallies() {
  const rows = new Map<string, Row>();

  function count({ group, ask, waits }: Counted, by: 1 | -1): void {
    const row = rows.get(group) ?? { tasks: 0, pendingTasks: 0, pending: [...NOTHING] };
    if (waits) {
      row.pendingTasks += by;
      addTo(row.pending, ask, by);
    } else row.tasks += by;
    if (row.tasks + row.pendingTasks === 0) rows.delete(group);
    else rows.set(group, row);
  }

  return {
    count,
    of(group: string): Tally {
      const { tasks = 0, pendingTasks = 0, pending = NOTHING } = rows.get(group) ?? {};
      return { tasks, pendingTasks, pending: [...pending] };
    },
  };
}
