import { AgentNode, type AgentState, type AgentView } from './agent.ts';
import { type Cells, createCells, type Kind } from './cells.ts';
import { type Changes, createChanges } from './changes.ts';
import { type Counts, createCounts } from './counts.ts';
import { createHolders } from './holders.ts';
import { createHoldings } from './holdings.ts';
import { createJournal } from './journal.ts';
import { pickPieces, piecesOf } from './pieces.ts';
import {
  type Ask,
  amountsOf,
  createDimensions,
  type Dimensions,
  type Need,
  needsOf,
  plus,
  type Resources,
  vectorOf,
} from './resources.ts';
import { createShared } from './shared.ts';
import { sharesFor } from './slots.ts';
import { stateWith, stateWithout } from './state.ts';
import { STEP_AGENTS } from './steps.ts';
import { type Given, type HeldTask, NOTHING_GIVEN, type TaskView } from './task.ts';

/** Attributes that tell kinds of agents apart from the start. */
const WATCHED = ['region', 'domain', 'zone'];
/** An attribute with more values than this is looked up agent by agent. */
const VALUES_MAX = 256;
const IMAGES_MAX = 500;

/**
 * The cluster as the scheduler knows it, kept by change: agents with what they have and what is free of
 * it, tasks and where they are, counters by job and place. Whoever holds it tells it of each change once;
 * nothing in it is ever built anew from a whole.
 *
 * A trial is made on the snapshot itself: `begin`, any changes, `undo`. Transactions nest.
 */
export class Snapshot {
  readonly dimensions: Dimensions = createDimensions();
  readonly counts: Counts;
  readonly changes: Changes = createChanges();
  readonly #agents = new Map<string, AgentNode>();
  readonly #holdings = createHoldings();
  readonly #journal = createJournal();
  readonly #asks = createShared<Ask>((ask) => JSON.stringify(ask));
  readonly #jobs = createShared<string>((job) => job);
  readonly #needs = new WeakMap<Ask, readonly Need[]>();
  readonly #watched = new Set(WATCHED);
  readonly #holders = createHolders();
  readonly #cells: Cells = createCells(this.#watched);
  #epoch = 0;

  constructor() {
    this.counts = createCounts((host, name) => this.#agents.get(host)?.attribute(name));
  }

  get agents(): ReadonlyMap<string, AgentNode> {
    return this.#agents;
  }

  get tasks(): ReadonlyMap<string, HeldTask> {
    return this.#holdings.all;
  }

  get kinds(): IterableIterator<Kind> {
    return this.#cells.kinds.values() as IterableIterator<Kind>;
  }

  /** Changes whenever an agent comes, goes or is another than it was: what is known of kinds is void. */
  get epoch(): number {
    return this.#epoch;
  }

  tasksOn(agent: string): readonly HeldTask[] {
    return this.#holdings.on(agent);
  }

  /** Agents that have this image. */
  holdersOf(image: string): Iterable<AgentNode> {
    return this.#holders.of(image);
  }

  /** The agent has this image too. Of more than 500 the ones that were first learnt are forgotten. */
  learn(name: string, image: string): void {
    const node = this.#agents.get(name);
    if (node === undefined || node.images.has(image)) return;
    node.images.add(image);
    this.#holders.add(image, node);
    if (node.images.size > IMAGES_MAX) {
      const [oldest = ''] = node.images;
      node.images.delete(oldest);
      this.#holders.delete(oldest, node);
    }
    this.changes.note(node);
  }

  /** Adds an agent, or replaces what is known of it; its tasks and what is offered of it stay. */
  putAgent(view: AgentView): void {
    const before = this.#agents.get(view.name);
    const node = this.#nodeOf(view);
    if (before?.governed) this.#govern(node, before.state);
    for (const image of before?.images ?? []) node.images.add(image);
    this.#replace(before, node);
  }

  /** Its tasks are remembered, in case that it comes back. */
  removeAgent(name: string): void {
    const before = this.#agents.get(name);
    if (before !== undefined) this.#replace(before, undefined);
  }

  /** From now on what may be given away of the agent is what is told here, not what its tasks leave of it. */
  offer(name: string, resources: Resources, reserved: AgentView['reserved'] = {}): void {
    const node = this.#agents.get(name);
    if (node === undefined) return;
    const free = this.#vectorOf(resources, reserved);
    this.#journal.note(() => {
      node.governed = wasGoverned;
    });
    const wasGoverned = node.governed;
    node.governed = true;
    this.#setState(node, { ...node.state, free, pieces: piecesOf(resources) });
  }

  /**
   * Gives the task what it asks of what may be given away.
   * @returns what it got; the caller has seen that it fits
   */
  bind(task: TaskView, agent: string): Given {
    const node = this.#agents.get(agent);
    if (node === undefined) throw new RangeError(`no agent ${agent} in the snapshot`);
    const { pieces, slots } = node.state;
    const given = {
      ...pickPieces(task.ask, pieces),
      slots:
        task.ask.slots === undefined
          ? NOTHING_GIVEN.slots
          : sharesFor(task.ask.slots, slots, node.view.slots ?? {}),
    };
    this.#put(task, agent, { given, takesFree: true });
    return given;
  }

  /** Notes a task that is on its agent already. What is offered of the agent is without it. */
  hold(task: TaskView, agent: string, given: Given): void {
    const before = this.tasks.get(task.key);
    if (before?.agent === agent) return;
    if (before !== undefined) this.end(task.key);
    const shared = { ...task, job: this.#jobs.of(task.job), ask: this.#asks.of(task.ask) };
    this.#put(shared, agent, { given, takesFree: false });
  }

  /** The task is over. What an agent offers is not more by that until it says so. */
  end(key: string): void {
    this.#drop(key, false);
  }

  /** The task is not to be, or would be away in a trial: its room may be given away again. */
  release(key: string): void {
    this.#drop(key, true);
  }

  #drop(key: string, frees: boolean): void {
    const held = this.tasks.get(key);
    if (held === undefined) return;
    const { task, agent } = held;
    this.#holdings.delete(held);
    this.#journal.note(() => this.#holdings.put(held));
    const node = this.#agents.get(agent);
    if (node === undefined) return;
    this.#count(task.job, agent, -1);
    this.#setState(node, stateWithout(node, held, { frees, others: this.tasksOn(node.name) }));
  }

  /**
   * Has agents told apart by this attribute, in steps of so many agents. What is left off in between is
   * gone through again.
   *
   * @returns false where it has too many values for that
   */
  *watching(attribute: string): Generator<void, boolean> {
    if (this.#watched.has(attribute)) return true;
    if (attribute === 'host' || this.#hasManyValues(attribute)) return false;
    this.#cells.tellApartBy(attribute);
    let looked = 0;
    for (const node of [...this.#agents.values()]) {
      if (this.#agents.get(node.name) !== node) continue;
      this.#cells.remove(node);
      this.#cells.put(node);
      looked += 1;
      if (looked % STEP_AGENTS !== 0) continue;
      this.#epoch += 1;
      yield;
    }
    this.#watched.add(attribute);
    this.#epoch += 1;
    return true;
  }

  /** Whether changes made now can be undone. */
  get isTrial(): boolean {
    return this.#journal.isOpen;
  }

  begin(): void {
    this.#journal.begin();
  }

  /** What was done since `begin` stays; inside another transaction it can still be undone with that. */
  commit(): void {
    this.#journal.commit();
  }

  /** Everything is as it was at `begin`. */
  undo(): void {
    this.#journal.undo();
  }

  /** Makes changes, works something out, and undoes the changes, whatever happens. */
  trial<T>(work: () => T): T {
    this.begin();
    try {
      return work();
    } finally {
      this.undo();
    }
  }

  #hasManyValues(attribute: string): boolean {
    const values = new Set<string | undefined>();
    for (const node of this.#agents.values()) {
      values.add(node.attribute(attribute));
      if (values.size > VALUES_MAX) return true;
    }
    return false;
  }

  #put(
    task: TaskView,
    agent: string,
    { given, takesFree }: { readonly given: Given; readonly takesFree: boolean },
  ): void {
    const node = this.#agents.get(agent);
    const needs = this.#needsOf(task);
    const from = node === undefined ? [] : takesFree ? node.state.free : node.state.left;
    const held: HeldTask = { task, agent, given, amounts: amountsOf(needs, from) };
    this.#holdings.put(held);
    if (this.isTrial) this.#journal.note(() => this.#holdings.delete(held));
    if (node === undefined) return;
    this.#count(task.job, agent, 1);
    this.#setState(node, stateWith(node, held, takesFree));
  }

  #nodeOf(view: AgentView): AgentNode {
    const capacity = this.#vectorOf(view.capacity, view.reserved ?? {});
    const empty: AgentState = {
      free: capacity,
      left: capacity,
      pieces: piecesOf(view.capacity),
      slots: {},
      tasks: 0,
      exclusive: false,
      ends: [],
    };
    const node = new AgentNode(view, capacity, empty);
    for (const held of this.tasksOn(view.name)) {
      const again = { ...held, amounts: amountsOf(this.#needsOf(held.task), node.state.left) };
      this.#holdings.put(again);
      node.state = stateWith(node, again, true);
    }
    return node;
  }

  #vectorOf(resources: Resources, reserved: NonNullable<AgentView['reserved']>): number[] {
    return Object.entries(reserved)
      .map(([role, kept]) => vectorOf(kept, this.dimensions, role))
      .reduce(plus, vectorOf(resources, this.dimensions));
  }

  #govern(node: AgentNode, { free, pieces }: AgentState): void {
    node.governed = true;
    node.state = { ...node.state, free, pieces };
  }

  #replace(before: AgentNode | undefined, node: AgentNode | undefined): void {
    this.#swap(before, node);
    this.#journal.note(() => this.#swap(node, before));
  }

  #swap(before: AgentNode | undefined, node: AgentNode | undefined): void {
    const name = (node ?? before)?.name ?? '';
    if (before !== undefined) this.#takeOut(before);
    if (node !== undefined) this.#putIn(node);
    this.#epoch += 1;
    for (const { task } of this.tasksOn(name)) {
      this.counts.forgetTables(task.job);
      if (before === undefined) this.counts.add(task.job, name, 1);
      if (node === undefined) this.counts.add(task.job, name, -1);
    }
  }

  #putIn(node: AgentNode): void {
    this.#agents.set(node.name, node);
    this.#cells.put(node);
    this.changes.note(node);
    for (const image of node.images) this.#holders.add(image, node);
  }

  #takeOut(node: AgentNode): void {
    this.#agents.delete(node.name);
    this.#cells.remove(node);
    for (const image of node.images) this.#holders.delete(image, node);
  }

  #setState(node: AgentNode, state: AgentState): void {
    const before = node.state;
    node.state = state;
    this.#cells.move(node);
    this.changes.note(node);
    if (!this.isTrial) return;
    this.#journal.note(() => {
      node.state = before;
      this.#cells.move(node);
      this.changes.note(node);
    });
  }

  #count(job: string, agent: string, sign: 1 | -1): void {
    this.counts.add(job, agent, sign);
    if (this.isTrial) this.#journal.note(() => this.counts.add(job, agent, sign === 1 ? -1 : 1));
  }

  /** Tasks that are alike share what they ask for. */
  #needsOf({ ask, role }: TaskView): readonly Need[] {
    const known = role === undefined ? this.#needs.get(ask) : undefined;
    if (known !== undefined) return known;
    const needs = needsOf(ask, this.dimensions, role);
    if (role === undefined) this.#needs.set(ask, needs);
    return needs;
  }
}
