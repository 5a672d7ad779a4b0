import type { FaultDomain, Job, Task } from '../api/kinds.gen.ts';
import { isAtMesos } from '../api/task.ts';
import type { Clock } from '../runtime/port.ts';
import type { Revision } from '../store/port.ts';
import type { Census } from './census.ts';
import type { Change, Told, Written } from './ledger.ts';
import {
  changesSpec,
  forgetsAnEnd,
  goesBack,
  makesTooMany,
  ownerOf,
  type Violation,
  wantedHere,
  writesUnseated,
} from './promises.ts';
import { createTempo } from './tempo.ts';

export interface JudgeOptions {
  readonly domain: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Which control plane made the write of this revision; `undefined` where people did. */
  readonly writerOf?: (revision: Revision) => string | undefined;
  /** Whether a task of this instance runs, or has just run, that the store does not know. */
  readonly isStrayIn?: (jobUid: string, slot: string) => boolean;
  /** A control plane leads from now on, perhaps the same as before: it counts its launches and kills of a minute anew. */
  readonly seated?: (holder: string) => void;
}

/** Judges what the store was told, change by change, and keeps the census by it. */
export interface Judge {
  judge(change: Change): Violation | undefined;
  /** The domain's own object. */
  home(): FaultDomain | undefined;
}

export function createJudge(census: Census, options: JudgeOptions): Judge {
  const { clock, domain, writerOf = () => undefined, isStrayIn = () => false } = options;
  const tempo = createTempo(clock);
  let home: FaultDomain | undefined;
  let holder: string | undefined;

  function whenTask({ key, revision, now }: Written<'task', Task>): Violation | undefined {
    const before = census.tasks.get(key);
    const writer = writerOf(revision);
    const isNew = now !== undefined && before?.metadata.uid !== now.metadata.uid;
    census.setTask(key, now);
    if (now === undefined) return undefined;
    const others = census.tasksOf(ownerOf(now));
    if (!isNew && before !== undefined) {
      return (
        goesBack(before, now) ??
        forgetsAnEnd(now, census.ended) ??
        writesUnseated(before, now, { writer, holder })
      );
    }
    // The record of one that runs already, and is adopted, is no task more.
    const isAdopted = isStrayIn(ownerOf(now), now.spec.slot);
    const wanted = isAdopted ? others.length : (census.wanted.get(ownerOf(now)) ?? 0);
    return (
      writesUnseated(undefined, now, { writer, holder }) ??
      makesTooMany(now, { others, stoodInFor: census.stoodInFor, wanted }) ??
      tempo.replaces(now, { home, others, atMesos: () => census.count(isAtMesos) })
    );
  }

  function whenJob({ key, revision, now }: Written<'job', Job>): Violation | undefined {
    const before = census.jobs.get(key);
    census.setJob(key, now, now === undefined ? 0 : wantedHere(now, domain));
    return changesSpec(before, now, writerOf(revision));
  }

  /** What the store has since it was set back: nobody has written it. */
  function takeOver(record: Told): void {
    if (record.of === 'task') census.setTask(record.key, record.now);
    else if (record.of === 'job') whenJob(record);
    else judge(record);
  }

  function setBack(has: readonly Told[]): void {
    census.startOver();
    tempo.restart();
    for (const record of has) takeOver(record);
  }

  function whenLeader(now: string | undefined): void {
    holder = now;
    if (now === undefined) return;
    options.seated?.(now);
  }

  function judge(change: Change): Violation | undefined {
    if ('key' in change) census.setUnreadable(change.key, change.of === 'unreadable');
    switch (change.of) {
      case 'task':
        return whenTask(change);
      case 'job':
        return whenJob(change);
      case 'volume':
        census.setVolume(change.key, change.now);
        return undefined;
      case 'domain':
        if (change.now?.metadata.name === domain) home = change.now;
        return undefined;
      case 'leader':
        whenLeader(change.holder);
        return undefined;
      case 'setBack':
        setBack(change.has);
        return undefined;
      case 'unreadable':
        return undefined;
    }
  }

  return { judge, home: () => home };
}
