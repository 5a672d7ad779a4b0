import type { AgentNode, AgentState } from './agent.ts';
import { hashOf, isAlike } from './alike.ts';
import { Ordered } from './ordered.ts';
import { CPUS, type Vector } from './resources.ts';
import type { SlotShapes } from './slots.ts';

/** Agents that differ in what is free alone, so far as any constraint asks. */
export interface Kind {
  readonly text: string;
  readonly capacity: Vector;
  readonly attributes: Readonly<Record<string, string>>;
  readonly unschedulable: boolean;
  readonly onlyFor: string | undefined;
  readonly slots: SlotShapes;
  readonly quality: number | undefined;
  /** By the share of processors that is free. */
  readonly buckets: readonly Bucket[];
  /** By the hash of their state. */
  readonly cells: Map<number, readonly Cell[]>;
  size: number;
}

/** Cells of one kind with about as many processors free, and what bounds their free amounts. */
export interface Bucket {
  readonly kind: Kind;
  readonly cells: Set<Cell>;
  /** They only grow apart while the bucket is in use. */
  least: number[];
  most: number[];
}

/** Agents of one kind in states that are alike, by name. */
export interface Cell {
  readonly members: Ordered<AgentNode>;
  /** One of the states. */
  state: AgentState;
  hash: number;
  bucket: Bucket;
}

/** Where each agent is, by what it is and what it has free. */
export interface Cells {
  readonly kinds: ReadonlyMap<string, Kind>;
  put(node: AgentNode): void;
  remove(node: AgentNode): void;
  /** Puts the agent where its state now belongs. */
  move(node: AgentNode): void;
  /** From now on kinds are told apart by this attribute too; agents that are there must be put anew. */
  tellApartBy(attribute: string): void;
}

const BUCKETS = 32;

/** @param watched the attributes that tell kinds apart from the start */
export function createCells(watched: Iterable<string>): Cells {
  const names = [...watched];
  const kinds = new Map<string, Kind>();

  function kindOf(node: AgentNode): Kind {
    const text = kindText(node, names);
    const known = kinds.get(text);
    if (known !== undefined) return known;
    const kind = createKind(node, names, text);
    kinds.set(text, kind);
    return kind;
  }

  function enter(node: AgentNode, known: Cell | undefined): void {
    const cell = known ?? createCell(node);
    node.cell = cell;
    cell.members.add(node);
  }

  function leave(node: AgentNode): void {
    const { cell } = node;
    cell.members.delete(node);
    if (cell.members.size === 0) takeOut(cell);
  }

  return {
    kinds,
    put(node) {
      node.kind = kindOf(node);
      node.kind.size += 1;
      enter(node, cellAt(node.kind, node.state, hashOf(node.state)));
    },
    remove(node) {
      leave(node);
      node.kind.size -= 1;
      if (node.kind.size > 0) return;
      kinds.delete(node.kind.text);
    },
    move(node) {
      const { cell, state, kind } = node;
      const hash = hashOf(state);
      const next = cellAt(kind, state, hash);
      if (next === cell) return;
      if (next === undefined && cell.members.size === 1) {
        moveCell(cell, state, hash);
        return;
      }
      leave(node);
      enter(node, next);
    },
    tellApartBy(attribute) {
      if (!names.includes(attribute)) names.push(attribute);
    },
  };
}

/** The cell of the states that are like this one, if there is one. */
function cellAt({ cells }: Kind, state: AgentState, hash: number): Cell | undefined {
  return cells.get(hash)?.find((cell) => isAlike(cell.state, state));
}

function createCell({ kind, state }: AgentNode): Cell {
  const hash = hashOf(state);
  const bucket = bucketFor(kind, state);
  const cell = { state, hash, bucket, members: new Ordered<AgentNode>() };
  file(cell);
  addTo(bucket, cell);
  return cell;
}

/** Puts the cell with its only agent where agents in this state are looked for. */
function moveCell(cell: Cell, state: AgentState, hash: number): void {
  const { bucket } = cell;
  unfile(cell);
  cell.state = state;
  cell.hash = hash;
  file(cell);
  cell.bucket = bucketFor(bucket.kind, state);
  if (cell.bucket !== bucket) bucket.cells.delete(cell);
  addTo(cell.bucket, cell);
}

function takeOut(cell: Cell): void {
  cell.bucket.cells.delete(cell);
  unfile(cell);
}

/** Has the cell found by its hash. */
function file(cell: Cell): void {
  const { cells } = cell.bucket.kind;
  const others = cells.get(cell.hash);
  cells.set(cell.hash, others === undefined ? [cell] : [...others, cell]);
}

function unfile(cell: Cell): void {
  const { cells } = cell.bucket.kind;
  const others = cells.get(cell.hash)?.filter((other) => other !== cell) ?? [];
  if (others.length === 0) cells.delete(cell.hash);
  else cells.set(cell.hash, others);
}

function kindText({ view, capacity }: AgentNode, names: readonly string[]): string {
  const { unschedulable = false, onlyFor = null, slots = {}, quality = null, attributes } = view;
  const values = names.map((name) => attributes[name] ?? null);
  return JSON.stringify([capacity, unschedulable, onlyFor, slots, quality, values]);
}

function createKind({ view, capacity }: AgentNode, names: readonly string[], text: string): Kind {
  const { unschedulable = false, onlyFor, slots = {}, quality } = view;
  const known = names.flatMap((name) => {
    const value = view.attributes[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const attributes = Object.fromEntries(known);
  const buckets: Bucket[] = [];
  const rest = { unschedulable, onlyFor, slots, quality };
  const kind: Kind = {
    text,
    capacity,
    attributes,
    ...rest,
    buckets,
    cells: new Map(),
    size: 0,
  };
  for (let index = 0; index < BUCKETS; index += 1) {
    buckets.push({ kind, cells: new Set(), least: [], most: [] });
  }
  return kind;
}

function bucketFor({ capacity, buckets }: Kind, { free }: AgentState): Bucket {
  const share = (free[CPUS] ?? 0) / Math.max(1, capacity[CPUS] ?? 0);
  return buckets[Math.max(0, Math.min(BUCKETS - 1, Math.floor(share * BUCKETS)))] as Bucket;
}

/** The bounds of a bucket that it is alone in are its own. */
function addTo(bucket: Bucket, cell: Cell): void {
  const { free } = cell.state;
  const others = bucket.cells.size - (bucket.cells.has(cell) ? 1 : 0);
  if (others === 0) {
    bucket.least = free.slice();
    bucket.most = free.slice();
  }
  bucket.cells.add(cell);
  const { least, most } = bucket;
  const length = Math.max(free.length, least.length);
  for (let index = 0; index < length; index += 1) {
    const amount = free[index] ?? 0;
    least[index] = Math.min(least[index] ?? 0, amount);
    most[index] = Math.max(most[index] ?? 0, amount);
  }
}
