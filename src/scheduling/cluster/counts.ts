/** How many tasks of one job there are, and where. */
interface JobCounts {
  /** By the name of the agent. */
  readonly hosts: ReadonlyMap<string, number>;
  /** By the value of an attribute of their agents; '' where an agent has none. */
  by(attribute: string): ReadonlyMap<string, number>;
}

/** Tasks by job and place, kept by change. A table by an attribute is made when it is first asked for. */
export interface Counts {
  of(job: string): JobCounts;
  add(job: string, host: string, sign: 1 | -1): void;
  /** The attributes of an agent of the job have changed: its tables are made anew. */
  forgetTables(job: string): void;
}

interface Tables {
  readonly hosts: Map<string, number>;
  readonly tables: Map<string, Map<string, number>>;
}

const NONE: ReadonlyMap<string, number> = new Map();
const NO_TASKS: JobCounts = { hosts: NONE, by: () => NONE };

/** @param attributeOf an attribute of an agent, by its name */
export function createCounts(
  attributeOf: (host: string, attribute: string) => string | undefined,
): Counts {
  const jobs = new Map<string, Tables & JobCounts>();

  function open(job: string): Tables & JobCounts {
    const hosts = new Map<string, number>();
    const tables = new Map<string, Map<string, number>>();
    function by(attribute: string): ReadonlyMap<string, number> {
      const known = tables.get(attribute);
      if (known !== undefined) return known;
      const table = new Map<string, number>();
      for (const [host, count] of hosts) change(table, attributeOf(host, attribute) ?? '', count);
      tables.set(attribute, table);
      return table;
    }
    const counts = { hosts, tables, by };
    jobs.set(job, counts);
    return counts;
  }

  return {
    of: (job) => jobs.get(job) ?? NO_TASKS,
    add(job, host, sign) {
      const counts = jobs.get(job) ?? open(job);
      change(counts.hosts, host, sign);
      for (const [attribute, table] of counts.tables) {
        change(table, attributeOf(host, attribute) ?? '', sign);
      }
      if (counts.hosts.size === 0) jobs.delete(job);
    },
    forgetTables: (job) => jobs.get(job)?.tables.clear(),
  };
}

function change(table: Map<string, number>, key: string, by: number): void {
  const count = (table.get(key) ?? 0) + by;
  if (count === 0) table.delete(key);
  else table.set(key, count);
}
