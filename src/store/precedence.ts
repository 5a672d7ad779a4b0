import type { Transaction } from './port.ts';

/** Something that waits until nothing before it touches its keys. */
export interface Job {
  readonly transaction: Transaction;
  /** How many earlier jobs must end first. */
  blockers: number;
  readonly followers: Job[];
}

interface Touched {
  writer: Job | undefined;
  /** Jobs that read the key since `writer` was added. */
  readonly readers: Set<Job>;
}

/**
 * Keeps the order of arrival of the transactions of each key: a writer goes alone, after all before
 * it; readers (a condition on a key that is not written) may go together. So a leader's writes,
 * which all compare the leadership key, do not wait for each other.
 */
export interface Precedence {
  add(job: Job): void;
  /** Ends `job`. @returns those that waited for it and now wait for nothing */
  end(job: Job): readonly Job[];
}

export function createPrecedence(): Precedence {
  const keys = new Map<string, Touched>();

  function touched(key: string): Touched {
    const found = keys.get(key);
    if (found !== undefined) return found;
    const made = { writer: undefined, readers: new Set<Job>() };
    keys.set(key, made);
    return made;
  }

  function write(job: Job, key: string): void {
    const held = touched(key);
    if (held.writer !== undefined) follow(held.writer, job);
    for (const reader of held.readers) follow(reader, job);
    held.readers.clear();
    held.writer = job;
  }

  function read(job: Job, key: string): void {
    const held = touched(key);
    if (held.writer === job) return;
    if (held.writer !== undefined) follow(held.writer, job);
    held.readers.add(job);
  }

  function leave(job: Job, key: string): void {
    const held = keys.get(key);
    if (held === undefined) return;
    if (held.writer === job) held.writer = undefined;
    held.readers.delete(job);
    if (held.writer === undefined && held.readers.size === 0) keys.delete(key);
  }

  return {
    add(job) {
      for (const { key } of job.transaction.write) write(job, key);
      for (const { key } of job.transaction.when) read(job, key);
    },
    end(job) {
      for (const { key } of job.transaction.write) leave(job, key);
      for (const { key } of job.transaction.when) leave(job, key);
      // Who follows on two keys stands here twice, and is free only the second time.
      return job.followers.filter((follower) => {
        follower.blockers -= 1;
        return follower.blockers === 0;
      });
    },
  };
}

function follow(earlier: Job, later: Job): void {
  earlier.followers.push(later);
  later.blockers += 1;
}
