import { expect } from 'chai';
import fc from 'fast-check';
import { cycleOf } from '../../../src/api/dependencies.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { aJob } from '../../support/builders.ts';

/** Jobs from lines such as `web: db cache`. */
function jobsOf(lines: readonly string[]): ReadonlyMap<string, Job> {
  return new Map(
    lines.map((line) => {
      const [name = '', names = ''] = line.split(':');
      const others = names.split(' ').filter(Boolean);
      const dependsOn = others.map((job) => ({ job, condition: 'Ready' as const }));
      return [name, aJob({ dependsOn }, { name })];
    }),
  );
}

function cycleIn(lines: readonly string[], name: string): string | undefined {
  const jobs = jobsOf(lines);
  const job = jobs.get(name);
  return job && cycleOf(job, (other) => jobs.get(other))?.join(' ');
}

describe('what depends on what', () => {
  const rows: readonly (readonly [lines: readonly string[], cycle: string | undefined])[] = [
    [['a:'], undefined],
    [['a: a'], 'a a'],
    [['a: b', 'b: a'], 'a b a'],
    [['a: b', 'b: c', 'c: a'], 'a b c a'],
    [['a: b c', 'b: c', 'c: d', 'd: a'], 'a c d a'],
    [['a: b', 'b: c', 'c: b'], undefined],
    [['a: b c', 'b: d', 'c: d', 'd:'], undefined],
    [['a: nobody'], undefined],
  ];
  for (const [lines, cycle] of rows) {
    it(`${lines.join(', ')}: ${cycle ?? 'no cycle'}`, () => {
      expect(cycleIn(lines, 'a')).to.equal(cycle);
    });
  }

  it('is a cycle only where each job of the path names the next, and the last is the first', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const anyLine = fc.subarray(names).map((others) => others.join(' '));
    fc.assert(
      fc.property(fc.tuple(...names.map(() => anyLine)), (all) => {
        const jobs = jobsOf(names.map((name, at) => `${name}: ${all[at]}`));
        const job = jobs.get('a') as Job;
        const path = cycleOf(job, (name) => jobs.get(name));
        const reached = reachable(jobs, 'a');
        expect(path !== undefined).to.equal(reached.has('a'));
        for (const [at, name] of (path ?? []).entries()) {
          const next = path?.[at + 1];
          const named = jobs.get(name)?.spec.dependsOn?.map((each) => each.job) ?? [];
          if (next !== undefined) expect(named).to.include(next);
        }
      }),
    );
  });
});

/** All that can be reached in one step or more. */
function reachable(jobs: ReadonlyMap<string, Job>, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const { job } of jobs.get(name)?.spec.dependsOn ?? []) {
      if (!found.has(job)) open.push(job);
      found.add(job);
    }
  }
  return found;
}
