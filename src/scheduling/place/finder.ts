import { createHeap, type Heap } from '../../api/heap.ts';
import type { AgentNode } from '../cluster/agent.ts';
import type { Bucket, Cell, Kind } from '../cluster/cells.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { atOnce, STEP_AGENTS } from '../cluster/steps.ts';
import { createEvaluator, type Evaluator, REFUSED } from './evaluate.ts';
import { createLanes, type Lanes } from './lanes.ts';
import type { Plan } from './plan.ts';
import type { Profile } from './profile.ts';
import { type Scope, scopeOf } from './scope.ts';

/** The best agent for the next task of a class. */
export interface Found {
  readonly node: AgentNode;
  readonly score: number;
}

/**
 * An agent with its score at the time of `changedAt`; or a cell, by the first of its agents that no
 * counter tells apart; or a bucket with a bound of what its agents score.
 */
interface Entry {
  readonly score: number;
  readonly name: string;
  readonly node?: AgentNode;
  readonly changedAt: number;
  readonly cell?: Cell;
  readonly bucket?: Bucket;
}

/** Agents for which all rules about groups say the same. */
interface Lane {
  readonly values: readonly string[];
  readonly heap: Heap<Entry>;
}

/** An agent that is let in: its lane, and what its attributes' wishes give. */
interface Admission {
  readonly lane: Lane;
  readonly wishes: number;
}

const PUSHES_MAX = 50_000;
const ROUNDS_MAX = 3;
/** Changes beyond which it is less work to begin anew; more where every agent is looked at by itself. */
const CATCH_UP_MAX = 256;
const CATCH_UP_EACH_MAX = 4_096;

/**
 * Finds the best agent for tasks of one class, best first and lazily: buckets of agents wait with a bound
 * of their score, and are opened only when nothing better is known. What it has worked out stays
 * between tasks and passes; it catches up with the agents that have changed since.
 */
export class Finder {
  readonly plan: Plan;
  readonly #snapshot: Snapshot;
  readonly #evaluator: Evaluator;
  #scope: Scope = NOWHERE;
  #lanes: Lanes<Lane>;
  #admissions = new Map<Kind | AgentNode, Admission | undefined>();
  #epoch = -1;
  #seen = 0;
  #pushes = 0;

  constructor(plan: Plan, snapshot: Snapshot) {
    this.plan = plan;
    this.#snapshot = snapshot;
    this.#evaluator = createEvaluator(plan, snapshot);
    this.#lanes = createLanes(plan, snapshot, newLane);
  }

  /** Whether it finds agents for tasks of its class that end then, too. */
  serves({ endsAt }: Profile): boolean {
    const { profile, fitness } = this.plan;
    return profile.endsAt === endsAt || !fitness.some(({ item }) => item.reads?.includes('endsAt'));
  }

  /**
   * What must be worked out before `best` is quick, in steps of so many agents; `undefined` where nothing
   * is. Without it, or where agents changed in between, `best` does it at once.
   *
   * @throws PluginFailure
   */
  prepare(): Generator<void, void> | undefined {
    return this.#isOutdated() ? this.#preparing() : undefined;
  }

  /**
   * Of equal agents the one with the smallest name.
   * @throws PluginFailure
   */
  best(): Found | undefined {
    this.#catchUp();
    let best: Found | undefined;
    for (const { lane, wishes } of this.#lanes.open()) {
      const entry = this.#top(lane);
      if (entry?.node === undefined) continue;
      const score = entry.score + wishes;
      const isBetter =
        best === undefined ||
        score > best.score ||
        (score === best.score && entry.node.name < best.node.name);
      if (isBetter) best = { node: entry.node, score };
    }
    return best;
  }

  #catchUp(): void {
    let changed = this.#changed();
    if (changed === undefined) {
      atOnce(this.#building());
      changed = this.#changed() ?? [];
    }
    for (const node of changed) this.#push(node);
    this.#seen = this.#snapshot.changes.next;
  }

  /** The agents to look at anew; `undefined` where all must be. */
  #changed(): readonly AgentNode[] | undefined {
    return this.#isOutdated() ? undefined : this.#snapshot.changes.since(this.#seen);
  }

  /** Whether so much has changed that all agents must be looked at anew. */
  #isOutdated(): boolean {
    const { changes, epoch } = this.#snapshot;
    if (epoch !== this.#epoch || this.#pushes > this.#pushesMax()) return true;
    const most = this.#scope.kinds ? CATCH_UP_MAX : CATCH_UP_EACH_MAX;
    return changes.next - this.#seen > most || !changes.knows(this.#seen);
  }

  #pushesMax(): number {
    return Math.max(PUSHES_MAX, 2 * this.#snapshot.agents.size);
  }

  /** Agents that come and go in between make it begin anew. */
  *#preparing(): Generator<void, void> {
    for (let round = 0; round < ROUNDS_MAX && this.#isOutdated(); round += 1) {
      yield* this.#building();
    }
  }

  *#building(): Generator<void, void> {
    const { plan } = this;
    this.#epoch = -1;
    this.#admissions = new Map();
    this.#scope = yield* scopeOf(plan, this.#snapshot);
    const { epoch, changes } = this.#snapshot;
    const seen = changes.next;
    this.#lanes = createLanes(plan, this.#snapshot, newLane);
    this.#pushes = 0;
    let looked = 0;
    for (const each of this.#entrances()) {
      if ('buckets' in each) this.#openKind(each);
      else this.#push(each);
      looked += 1;
      if (looked % STEP_AGENTS === 0) yield;
    }
    this.#seen = seen;
    this.#epoch = epoch;
  }

  *#entrances(): Generator<Kind | AgentNode, void> {
    if (this.#scope.kinds) yield* [...this.#snapshot.kinds];
    yield* this.#scope.nodes();
  }

  #openKind(kind: Kind): void {
    const admission = this.#admit(kind);
    if (admission === undefined || !this.#evaluator.fresh) return;
    for (const bucket of kind.buckets) {
      if (bucket.cells.size === 0) continue;
      const score = this.#evaluator.bound(bucket, admission.wishes);
      if (score !== REFUSED) admission.lane.heap.push({ score, name: '', changedAt: 0, bucket });
    }
  }

  /** Scores one agent anew. */
  #push(node: AgentNode): void {
    if (!this.#scope.has(node)) return;
    const admission = this.#admit(this.#scope.kinds ? node.kind : node);
    if (admission === undefined) return;
    const score = this.#evaluator.score(node, admission.wishes);
    if (score === REFUSED) return;
    this.#pushes += 1;
    admission.lane.heap.push({ score, name: node.name, node, changedAt: node.changedAt });
  }

  #pushCell(cell: Cell, after: string, lane: Lane): void {
    let node = cell.members.after(after);
    while (node !== undefined && this.#scope.isSpecial(node)) node = cell.members.after(node.name);
    if (node === undefined) return;
    const wishes = this.#admissions.get(node.kind)?.wishes ?? 0;
    const score = this.#evaluator.score(node, wishes);
    if (score === REFUSED) return;
    lane.heap.push({ score, name: node.name, node, changedAt: node.changedAt, cell });
  }

  /** The first entry that is an agent as it is now. */
  #top(lane: Lane): Entry | undefined {
    for (;;) {
      const entry = lane.heap.peek();
      if (entry === undefined) return undefined;
      const { node, cell, bucket } = entry;
      if (node !== undefined && entry.changedAt === node.changedAt) return entry;
      lane.heap.pop();
      if (bucket !== undefined) for (const each of bucket.cells) this.#pushCell(each, '', lane);
      if (cell !== undefined) this.#pushCell(cell, entry.name, lane);
    }
  }

  #admit(of: Kind | AgentNode): Admission | undefined {
    const known = this.#admissions.get(of);
    if (known !== undefined || this.#admissions.has(of)) return known;
    const node = 'view' in of ? of : asNode(of);
    const lane = this.#evaluator.admits(node) ? this.#lanes.of(node) : undefined;
    const wishes = this.#evaluator.wishesOf(node);
    const admission = lane === undefined ? undefined : { lane, wishes };
    this.#admissions.set(of, admission);
    return admission;
  }
}

const NOWHERE: Scope = {
  kinds: false,
  has: () => false,
  isSpecial: () => false,
  nodes: () => [],
};

function newLane(values: readonly string[]): Lane {
  return { values, heap: createHeap(comesFirst) };
}

/** A bucket comes before an agent of its score: an agent in it may have the smaller name. */
function comesFirst(a: Entry, b: Entry): boolean {
  return a.score > b.score || (a.score === b.score && a.name < b.name);
}

function asNode({ attributes, unschedulable, onlyFor }: Kind) {
  const view = { name: '', capacity: { scalars: {} }, attributes, unschedulable };
  return {
    view: onlyFor === undefined ? view : { ...view, onlyFor },
    attribute: (name: string) => attributes[name],
  };
}
