import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { FITNESS, RULES } from '../../../src/api/constraint.ts';
import { validateJob } from '../../../src/api/job.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { taskShape } from '../../../src/api/task-shape.ts';
import { explain } from '../../../src/scheduling/explain/explain.ts';
import { explanationText } from '../../../src/scheduling/explain/text.ts';
import { profileOf } from '../../../src/scheduling/objects/view.ts';
import { createPlacer, place } from '../../../src/scheduling/place/placer.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { aSnapshot, aView, inZone, tasksOf } from '../../support/scheduling.ts';

const EXAMPLE =
  /```yaml\n# (?<count>\d+) tasks(?: of (?<cpus>\d+) cpus)?\n(?<spec>.*?)\n# (?:go to (?<agents>[^\n]+)|wait: (?<why>[^\n]+))\n```/gs;

const PAGE = readFileSync('docs/scheduling.md', 'utf8');
const examples = [...PAGE.matchAll(EXAMPLE)].map(({ groups = {} }) => groups);

describe('docs/scheduling.md', () => {
  it('has examples', () => {
    expect(examples).to.have.length(7);
  });

  it('names every rule and every fitness', () => {
    const rules = Object.keys(RULES).filter((name) => !/^Version(?!AtLeast)/.test(name));
    const unnamed = [...rules, ...FITNESS].filter((name) => !PAGE.includes(`\`${name}\``));
    expect(unnamed).to.deep.equal([]);
  });

  for (const { count, cpus = '1', spec = '', agents, why } of examples) {
    it(`tells the truth of ${spec.split('\n').join(' ')}`, () => {
      const job = withDefaults(aJob({ ...(load(spec) as object), cpus: Number(cpus) }));
      expect(validateJob(job)).to.deep.equal([]);
      const task = aTask('0#0 Pending');
      const profile = profileOf(
        { ...task, spec: { ...task.spec, ...taskShape(job) } },
        { now: START },
      );
      const zones = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'];
      const snapshot = aSnapshot(
        zones.map((name) => aView(name, { cpus: 4 }, inZone(name.charAt(0)))),
      );
      const placer = createPlacer(snapshot);
      const { placed } = place(tasksOf(profile, Number(count)), placer);
      const where = placed.map(({ agent }) => agent).toSorted();
      expect(where.join(' ')).to.equal(agents ?? '');
      if (why !== undefined)
        expect(explanationText(explain(profile, placer, 2), String)).to.equal(why);
    });
  }
});

/** As the API would fill in the weights. */
function withDefaults(job: Job): Job {
  const { placement } = job.spec;
  if (placement?.fitness === undefined) return job;
  const fitness = placement.fitness.map((each) => ({ ...each, weight: each.weight ?? 1 }));
  return { ...job, spec: { ...job.spec, placement: { ...placement, fitness } } };
}
