import type { Millis } from '../../src/api/object.ts';

/** How long a job is kept from an agent that did not take its task. */
const AVOID_MS = 600_000;

/** Agents that did not take a task of a job lately. What is over is forgotten when the job is next asked for. */
export interface Avoidance {
  add(job: string, agent: string, now: Millis): void;
  of(job: string, now: Millis): ReadonlySet<string>;
  isEmpty(now: Millis): boolean;
}

export function createAvoidance(): Avoidance {
  const untils = new Map<string, Map<string, Millis>>();

  function of(job: string, now: Millis): ReadonlySet<string> {
    const own = untils.get(job) ?? new Map<string, Millis>();
    for (const [agent, until] of own) if (until <= now) own.delete(agent);
    if (own.size === 0) untils.delete(job);
    return new Set(own.keys());
  }

  return {
    add(job, agent, now) {
      const own = untils.get(job) ?? new Map<string, Millis>();
      untils.set(job, own.set(agent, now + AVOID_MS));
    },
    of,
    isEmpty: (now) => [...untils.keys()].every((job) => of(job, now).size === 0),
  };
}
