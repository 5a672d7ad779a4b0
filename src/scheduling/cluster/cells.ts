import { type AgentNode, stateText } from './agent.ts';
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

/** Agents of one kind in the same state, by name. */
export interface Cell {
  readonly text: string;
  readonly bucket: Bucket;
  readonly members: Ordered<AgentNode>;
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
  const cells = new Map<Kind, Map<string, Cell>>();

  function kindOf(node: AgentNode): Kind {
    const text = kindText(node, names);
    const known = kinds.get(text);
    if (known !== undefined) return known;
    const kind = createKind(node, names, text);
    kinds.set(text, kind);
    cells.set(kind, new Map());
    return kind;
  }

  function cellOf(node: AgentNode): Cell {
    const { kind, state } = node;
    const text = stateText(state);
    const known = cells.get(kind)?.get(text);
    if (known !== undefined) return known;
    const bucket = kind.buckets[bucketOf(kind.capacity, state.free)] as Bucket;
    const cell = { text, bucket, members: new Ordered<AgentNode>() };
    cells.get(kind)?.set(text, cell);
    return cell;
  }

  function enter(node: AgentNode): void {
    node.cell = cellOf(node);
    node.cell.members.add(node);
    addTo(node.cell.bucket, node.cell, node.state.free);
  }

  function leave(node: AgentNode): void {
    const { cell, kind } = node;
    cell.members.delete(node);
    if (cell.members.size > 0) return;
    cell.bucket.cells.delete(cell);
    cells.get(kind)?.delete(cell.text);
  }

  return {
    kinds,
    put(node) {
      node.kind = kindOf(node);
      node.kind.size += 1;
      enter(node);
    },
    remove(node) {
      leave(node);
      node.kind.size -= 1;
      if (node.kind.size > 0) return;
      kinds.delete(node.kind.text);
      cells.delete(node.kind);
    },
    move(node) {
      leave(node);
      enter(node);
    },
    tellApartBy(attribute) {
      if (!names.includes(attribute)) names.push(attribute);
    },
  };
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
  const kind = { text, capacity, attributes, ...rest, buckets, size: 0 };
  for (let index = 0; index < BUCKETS; index += 1) {
    buckets.push({ kind, cells: new Set(), least: [], most: [] });
  }
  return kind;
}

function bucketOf(capacity: Vector, free: Vector): number {
  const share = (free[CPUS] ?? 0) / Math.max(1, capacity[CPUS] ?? 0);
  return Math.max(0, Math.min(BUCKETS - 1, Math.floor(share * BUCKETS)));
}

function addTo(bucket: Bucket, cell: Cell, free: Vector): void {
  if (bucket.cells.size === 0) {
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
