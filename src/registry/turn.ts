import { setImmediate as othersHadTheirTurn } from 'node:timers/promises';
import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';

/** How long one piece of work may keep all others waiting. */
const TURN_MS: Millis = 5;
/**
 * How long all that is read for clients may, in one turn of the event loop: what controllers do takes several of
 * those, one after the other, and is late by as much in each.
 */
const READING_MS: Millis = 2;

/** Cuts long work in turns by time, since by count nobody knows how long one takes. */
export interface Turn {
  /** Whether it is for others to go on. Never, by a clock that stands still. */
  isOver(): boolean;
  /** Resolves when everybody else had their turn. */
  next(): Promise<void>;
}

/** For work of the process's own. */
export function createTurn(clock: Pick<Clock, 'elapsed'>): Turn {
  let began = clock.elapsed();
  return {
    isOver: () => clock.elapsed() - began >= TURN_MS,
    async next() {
      await othersHadTheirTurn();
      began = clock.elapsed();
    },
  };
}

/** Those who go by the same clock share an event loop. */
const readings = new WeakMap<Pick<Clock, 'elapsed'>, Turn>();

/**
 * The turn that all who read for clients share: however many they are, they keep others waiting no longer than one
 * would. Who has to wait stands in line; to begin is like going on, and so is what comes after a wait for anything else.
 */
export function readingTurn(clock: Pick<Clock, 'elapsed'>): Turn {
  const reading = readings.get(clock) ?? createReading(clock);
  readings.set(clock, reading);
  return reading;
}

function createReading(clock: Pick<Clock, 'elapsed'>): Turn {
  const waiting = new Set<() => void>();
  /** When reading began in this turn of the loop; it has, wherever somebody waits. */
  let began: Millis | undefined;

  function begin(): Millis {
    setImmediate(pass);
    began = clock.elapsed();
    return began;
  }

  /** The next turn of the loop: the first in line has it, and who comes later what is left. */
  function pass(): void {
    began = undefined;
    const [first] = waiting;
    if (first === undefined) return;
    waiting.delete(first);
    begin();
    first();
  }

  return {
    isOver: () => clock.elapsed() - (began ?? begin()) >= READING_MS,
    next() {
      if (began === undefined) begin();
      return new Promise((resume) => waiting.add(resume));
    },
  };
}
