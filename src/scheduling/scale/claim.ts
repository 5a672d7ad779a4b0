import type { Job } from '../../api/kinds.gen.ts';
import { countsOf, textOf } from './counts.ts';
import type { Handover, HandoverWorld } from './handover.ts';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * An edit of `location` moves the instances of an exclusive job by stopping them first. What a fault domain has
 * is its claim, which its status tells as `desired`; it may give up of it at any time, and takes more only once every other
 * one has said what it has under this very location: then as much as its share, less all that others have beyond theirs.
 * Those beyond may only stop by then, so that at no time more are alive than the location has.
 *
 * While a fault domain is away no other takes more. Nobody has anything before a job's first edit.
 */
export function claimOf(job: Job, { home, locations, others }: HandoverWorld): Handover {
  const counts = countsOf(locations);
  if (counts === undefined) return { retained: 0, kept: {}, wakeAt: NEVER };
  const location = textOf(counts);
  const settled = { retained: 0, kept: { location }, wakeAt: NEVER };
  const { generation } = job.metadata;
  const reports = new Map((job.status?.domains ?? []).map((entry) => [entry.name, entry]));
  const wanted = counts.get(home) ?? 0;
  const claim = Math.min(wanted, reports.get(home)?.desired ?? 0);
  if (claim === wanted || generation === 1) return settled;
  const silent = others.filter((name) => {
    const report = reports.get(name);
    return report?.observedGeneration !== generation || report.location !== location;
  });
  const leaving = [...reports.values()].flatMap(({ name, running = 0, pending = 0 }) => {
    const beyond = running + pending - (counts.get(name) ?? 0);
    return name !== home && beyond > 0 ? [{ name, beyond }] : [];
  });
  const free = wanted - leaving.reduce((sum, { beyond }) => sum + beyond, 0);
  const allowed = silent.length > 0 ? claim : Math.max(claim, free);
  if (allowed === wanted) return settled;
  const names = silent.length > 0 ? silent : leaving.map(({ name }) => name);
  const what = silent.length > 0 ? 'say what they have' : 'have stopped theirs';
  const message = `${wanted - allowed} of an exclusive job are not started before ${names.join(', ')} ${what}`;
  return { ...settled, retained: allowed - wanted, message };
}
