import type { AgentNode, AgentState } from '../cluster/agent.ts';
import type { Kind } from '../cluster/cells.ts';
import { Ordered } from '../cluster/ordered.ts';
import { type Need, roomFor } from '../cluster/resources.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { STEP_AGENTS } from '../cluster/steps.ts';
import { createEndings, type Endings } from './endings.ts';

/** An attribute of all agents: the number of each one's value, and the values. */
export interface Column {
  readonly ids: Int32Array;
  readonly values: readonly (string | undefined)[];
}

/**
 * All agents as they are at one time, column by column and in the order of their names, made once for
 * all classes that are explained together. An agent is known by its place in that order.
 */
export interface Survey {
  readonly snapshot: Snapshot;
  readonly nodes: readonly AgentNode[];
  readonly states: readonly AgentState[];
  readonly endings: Endings;
  attribute(name: string): Column;
  /** Agents of one kind and with the same values of these attributes have one number, from 0. */
  alike(attributes: readonly string[]): { readonly ids: Int32Array; readonly count: number };
  /** What the agents' tasks leave of what is needed. */
  room(need: Need): Float64Array;
  /** How many tasks of the job each agent runs. */
  tasksOf(job: string): Uint32Array;
}

export function* surveyOf(snapshot: Snapshot): Generator<void, Survey> {
  const sorted = new Ordered<AgentNode>();
  let count = 0;
  for (const node of [...snapshot.agents.values()]) {
    sorted.add(node);
    count += 1;
    if (count % STEP_AGENTS === 0) yield;
  }
  return createSurvey([...sorted], snapshot);
}

function createSurvey(nodes: readonly AgentNode[], snapshot: Snapshot): Survey {
  const states = nodes.map(({ state }) => state);
  const places = new Map(nodes.map(({ name }, index) => [name, index]));
  const columns = new Map<string, Column>();
  const sorts = new Map<string, ReturnType<Survey['alike']>>();
  const rooms = new Map<string, Float64Array>();
  return {
    snapshot,
    nodes,
    states,
    endings: createEndings(states, (index) => snapshot.tasksOn(nodes[index]?.name ?? '')),
    attribute(name) {
      const known = columns.get(name) ?? columnOf(nodes, name);
      columns.set(name, known);
      return known;
    },
    alike(attributes) {
      const key = JSON.stringify(attributes);
      const known = sorts.get(key) ?? alikeOf(nodes, attributes);
      sorts.set(key, known);
      return known;
    },
    room(need) {
      const key = `${need.index}/${need.reserved}`;
      const known = rooms.get(key) ?? Float64Array.from(states, ({ left }) => roomFor(need, left));
      rooms.set(key, known);
      return known;
    },
    tasksOf(job) {
      const counts = new Uint32Array(nodes.length);
      for (const [host, count] of snapshot.counts.of(job).hosts) {
        const index = places.get(host);
        if (index !== undefined) counts[index] = count;
      }
      return counts;
    },
  };
}

function columnOf(nodes: readonly AgentNode[], name: string): Column {
  return numbered(nodes, (node) => node.attribute(name));
}

function alikeOf(nodes: readonly AgentNode[], attributes: readonly string[]) {
  let { ids, values } = numbered<Kind | number>(nodes, ({ kind }) => kind);
  for (const name of attributes) {
    const column = columnOf(nodes, name);
    const [before, width] = [ids, column.values.length];
    const both = (_: AgentNode, index: number) =>
      (before[index] ?? 0) * width + (column.ids[index] ?? 0);
    ({ ids, values } = numbered<Kind | number>(nodes, both));
  }
  return { ids, count: values.length };
}

function numbered<T>(nodes: readonly AgentNode[], of: (node: AgentNode, index: number) => T) {
  const numbers = new Map<T, number>();
  const ids = Int32Array.from(nodes, (node, index) => {
    const value = of(node, index);
    const id = numbers.get(value) ?? numbers.size;
    numbers.set(value, id);
    return id;
  });
  return { ids, values: [...numbers.keys()] };
}
