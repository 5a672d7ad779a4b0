/** A reason for which agents refuse tasks of a class, such as too few cpus or `In(zone)`. */
export interface Sort {
  /** A resource, a constraint such as `In(zone)`, or one of `Agent`, `Unschedulable`, `Reserved`, `Exclusive`, `Offer`. */
  readonly name: string;
  readonly kind: 'resource' | 'constraint' | 'agent';
  /** It may pass when a task of the agent ends. */
  readonly passes?: true;
  /** Of a resource, in the unit that people know. */
  readonly wanted?: number;
}

/** A sort over all agents that have it; agents by their place in the order of names. */
export interface Refusers extends Sort {
  readonly number: number;
  agents: number;
  /** The one that has the most, else the first by name. */
  nearest: number;
  had: number;
  reason: string;
}

/** What keeps a class from each of so many agents. */
export class Refusals {
  /** How many problems each agent has. */
  readonly problems: Uint16Array;
  /** How many of them do not pass by themselves. */
  readonly lasting: Uint16Array;
  readonly #last: Uint16Array;
  readonly #sorts: Refusers[] = [];

  constructor(agents: number) {
    this.problems = new Uint16Array(agents);
    this.lasting = new Uint16Array(agents);
    this.#last = new Uint16Array(agents);
  }

  get sorts(): readonly Refusers[] {
    return this.#sorts;
  }

  /** Sorts of one name are one. */
  sort(sort: Sort): Refusers {
    const known = this.#sorts.find(({ name }) => name === sort.name);
    if (known !== undefined) return known;
    const number = this.#sorts.length;
    const made = { ...sort, number, agents: 0, nearest: 0, had: 0, reason: '' };
    this.#sorts.push(made);
    return made;
  }

  add(agent: number, sort: Refusers, reason: string, had = 0): void {
    this.problems[agent] = (this.problems[agent] ?? 0) + 1;
    if (!sort.passes) this.lasting[agent] = (this.lasting[agent] ?? 0) + 1;
    this.#last[agent] = sort.number;
    sort.agents += 1;
    const isNearer =
      sort.agents === 1 || had > sort.had || (had === sort.had && agent < sort.nearest);
    if (!isNearer) return;
    sort.nearest = agent;
    sort.had = had;
    sort.reason = reason;
  }

  /** Whether the agent has this problem and no other. */
  isOnly(agent: number, sort: number): boolean {
    return this.problems[agent] === 1 && this.#last[agent] === sort;
  }
}
