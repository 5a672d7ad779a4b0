import { expect } from 'chai';
import fc from 'fast-check';
import type { AgentNode } from '../../../src/scheduling/cluster/agent.ts';
import type { Snapshot } from '../../../src/scheduling/cluster/snapshot.ts';
import { atOnce, STEP_AGENTS } from '../../../src/scheduling/cluster/steps.ts';
import {
  type Explanation,
  explain,
  explaining,
  type Remedy,
} from '../../../src/scheduling/explain/explain.ts';
import { surveyOf } from '../../../src/scheduling/explain/survey.ts';
import { explanationText } from '../../../src/scheduling/explain/text.ts';
import { createCatalog } from '../../../src/scheduling/place/catalog.ts';
import { createPlacer, isPlaced, place } from '../../../src/scheduling/place/placer.ts';
import type { Profile } from '../../../src/scheduling/place/profile.ts';
import type { AttributeRule, ConstraintSpec } from '../../../src/scheduling/rules/rule.ts';
import { anyAgents, anyProfile } from '../../support/any-cluster.ts';
import { type PlainExplanation, plainExplain } from '../../support/plain-explain.ts';
import { aProfile, aSnapshot, aView, inZone, tasksOf } from '../../support/scheduling.ts';

const timeText = (at: number) => `T${at}`;

function why(snapshot: Snapshot, profile: Profile, pending = 1): string {
  return explanationText(explain(profile, createPlacer(snapshot), pending), timeText);
}

describe('explain', () => {
  it('groups refusals with numbers and the nearest agent, and says what would help', () => {
    const snapshot = aSnapshot([
      aView('a', { cpus: 2 }, inZone('x')),
      aView('b', { cpus: 3.5 }, inZone('x')),
      aView('c', { cpus: 16 }, { ...inZone('x'), unschedulable: true }),
      aView('d', { cpus: 16 }, inZone('y')),
    ]);
    const constraints = [{ rule: 'In', attribute: 'zone', values: ['x'] }];
    expect(why(snapshot, aProfile({ sizes: { cpus: 4 }, constraints }))).to.equal(
      'none of 4 agents can take it: 2 have less than 4 cpus free (the most is 3.5 on b); ' +
        '1 ruled out by In(zone) (d: zone is y, not one of x); 1 closed to new tasks. ' +
        'It could go to b if it asked for 3.5 cpus, or to d without In(zone)',
    );
  });

  it('says what the nearest agent keeps for others', () => {
    const kept = { web: { scalars: { cpus: 6_000 } }, ops: { scalars: { cpus: 1_500 } } };
    const snapshot = aSnapshot([aView('a', { cpus: 2 }, { reserved: kept })]);
    expect(why(snapshot, aProfile({ sizes: { cpus: 4 }, role: 'ops' }))).to.equal(
      'the only agent cannot take it: 1 has less than 4 cpus free ' +
        '(the most is 3.5 on a; reserved there: 6 for web). It could go to a if it asked for 3.5 cpus',
    );
  });

  it('knows when a task will end, and how many more agents would hold all', () => {
    const snapshot = aSnapshot([aView('a', { cpus: 4 })]);
    const placer = createPlacer(snapshot);
    place(tasksOf(aProfile({ endsAt: 900 }), 2, 0), placer);
    place(tasksOf(aProfile({ endsAt: 500 }), 2, 2), placer);
    const text = why(snapshot, aProfile({ sizes: { cpus: 3 } }), 3);
    expect(text).to.match(/It could go to a at T900, when .*, or to 3 more agents like a$/);
    expect(why(snapshot, aProfile({ sizes: { cpus: 2 } }), 3)).to.match(/T500.* 2 more agents/);
  });

  const others: readonly {
    readonly name: string;
    readonly text: RegExp;
    readonly of: () => string;
  }[] = [
    { name: 'no agents', text: /^there is no agent$/, of: () => why(aSnapshot([]), aProfile()) },
    { name: 'room', text: /^there is room/, of: () => why(aSnapshot([aView('a')]), aProfile()) },
    {
      name: 'room that is not offered',
      text: /1 with room, but not offered to Titan now/,
      of: () => {
        const snapshot = aSnapshot([aView('a')]);
        snapshot.offer('a', { scalars: {} });
        return why(snapshot, aProfile());
      },
    },
    {
      name: 'what nothing cures',
      text: /No smaller ask of one resource, no constraint less and no agent like these would help$/,
      of: () => {
        const constraints = ['x', 'y'].map((value) => ({
          rule: 'Equals',
          attribute: 'zone',
          values: [value],
        }));
        return why(aSnapshot([aView('a')]), aProfile({ sizes: { cpus: 99 }, constraints }));
      },
    },
    {
      name: 'a rule that nobody has',
      text: /^Nothing failed: there is no rule of this name$/,
      of: () => why(aSnapshot([aView('a')]), aProfile({ constraints: [{ rule: 'Nothing' }] })),
    },
    {
      name: 'a balance',
      text: /Balanced\(zone\) \(a: zone x: it has 1 task of the job, another has 0\)/,
      of: () => {
        const snapshot = aSnapshot([
          aView('a', {}, inZone('x')),
          aView('b', { cpus: 0.5 }, inZone('y')),
        ]);
        const profile = aProfile({ constraints: [{ rule: 'Balanced', attribute: 'zone' }] });
        place(tasksOf(profile, 1), createPlacer(snapshot));
        return why(snapshot, profile);
      },
    },
  ];
  for (const { name, text, of } of others) {
    it(`tells of ${name}`, () => {
      expect(of()).to.match(text);
    });
  }

  it('says of any agents and tasks what a look at each agent by itself says', () => {
    fc.assert(
      fc.property(
        anyAgents,
        fc.array(anyProfile, { minLength: 1, maxLength: 14 }),
        anyProfile,
        fc.option(fc.nat(6)),
        (views, busy, profile, withheld) => {
          const snapshot = aSnapshot(views);
          const placer = createPlacer(snapshot);
          for (const [index, each] of busy.entries())
            placer.place({ key: `${index}`, profile: each });
          snapshot.offer(`agent-${withheld}`, { scalars: {} });
          expect(shortOf(explain(profile, placer))).to.deep.equal(plainExplain(profile, snapshot));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('looks at a bounded number of agents in one step', () => {
    let asked = 0;
    const rules = {
      Counted: (): AttributeRule => ({
        about: 'attribute',
        name: 'Counted',
        attribute: 'host',
        refuse() {
          asked += 1;
          return undefined;
        },
      }),
    };
    const agents = 5_000;
    const names = Array.from({ length: agents }, (_, index) => `a${index}`);
    const snapshot = aSnapshot(names.map((name) => aView(name)));
    const catalog = createCatalog([{ rules }]);
    const survey = atOnce(surveyOf(snapshot));
    const profile = aProfile({ sizes: { cpus: 99 }, constraints: [{ rule: 'Counted' }] });
    const steps: number[] = [];
    for (const _ of explaining(profile, { survey, catalog })) {
      steps.push(asked);
      asked = 0;
    }
    expect(Math.max(...steps)).to.be.at.most(STEP_AGENTS);
    expect(steps.reduce((sum, each) => sum + each, asked)).to.be.within(agents, agents + 1);
  });

  it('counts on new agents only for tasks that the rules let go there', () => {
    const snapshot = aSnapshot([aView('a', { cpus: 4 }, inZone('x'))]);
    place(tasksOf(aProfile({ job: 'default/other' }), 4), createPlacer(snapshot));
    const constraints = [{ rule: 'MaxPer', attribute: 'zone', number: 6 }];
    expect(why(snapshot, aProfile({ constraints }), 9)).to.match(
      /to 2 more agents like a \(6 of those that wait\)$/,
    );
  });

  it('counts on new agents for as many tasks as their slots hold', () => {
    const snapshot = aSnapshot([
      aView('a', { cpus: 4 }, { slots: { eni: { slots: 1, each: 2 } } }),
    ]);
    const sizes = { cpus: 0.5 };
    const base = aProfile({ sizes });
    const slots = [{ set: 'eni', value: 'red', count: 1 }];
    const profile = { ...base, id: 'red', ask: { ...base.ask, slots } };
    place(tasksOf(profile, 2), createPlacer(snapshot));
    expect(why(snapshot, profile, 5)).to.match(/without eni, or to 3 more agents like a$/);
  });

  it('counts as few new agents for all that wait as trying one more at a time finds', () => {
    const anyAsk = fc.record({
      cpus: fc.integer({ min: 1, max: 4 }),
      memory: fc.integer({ min: 1, max: 4 }),
      zone: fc.constantFrom(undefined, 'x'),
      unique: fc.boolean(),
    });
    fc.assert(
      fc.property(anyAgentsOf, anyAsk, fc.integer({ min: 1, max: 5 }), (agents, asked, pending) => {
        const snapshot = clusterOf(agents);
        const profile = askOf(asked);
        if (isFitting(snapshot, profile)) return;
        const { remedies } = explain(profile, createPlacer(snapshot), pending);
        const add = remedies.find((remedy) => remedy.do === 'add');
        expect(add?.count).to.equal(fewestAdded(snapshot, profile, pending));
      }),
      { numRuns: 100 },
    );
  });

  it('names changes that each place the task, and none that is too large or missing', () => {
    fc.assert(
      fc.property(
        anyAgentsOf,
        fc.record({
          cpus: fc.integer({ min: 1, max: 6 }),
          memory: fc.integer({ min: 1, max: 6 }),
          zone: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
          unique: fc.boolean(),
        }),
        (agents, asked) => {
          const snapshot = clusterOf(agents);
          const profile = askOf(asked);
          if (isFitting(snapshot, profile)) return;
          const { remedies } = explain(profile, createPlacer(snapshot));
          expect(strip(remedies)).to.deep.equal(bruteForce(snapshot, profile));
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** What the plain form says too. */
function shortOf({ refusals, remedies }: Explanation): PlainExplanation {
  const short = {
    refusals: Object.fromEntries(
      refusals.map(({ name, agents, had = 0, nearest }) => [name, { agents, had, nearest }]),
    ),
    wait: undefined as PlainExplanation['wait'],
    less: {} as Record<string, { to: number; agent: string }>,
    drop: {} as Record<string, string>,
  };
  for (const remedy of remedies) {
    if (remedy.do === 'wait') short.wait = { until: remedy.until, agent: remedy.agent };
    if (remedy.do === 'less') short.less[remedy.name] = { to: remedy.to, agent: remedy.agent };
    if (remedy.do === 'drop') short.drop[remedy.name] = remedy.agent;
  }
  return short;
}

interface SomeAgent {
  readonly cpus: number;
  readonly memory: number;
  readonly zone: string;
  readonly busy: number;
  readonly ends: boolean;
}

const anyAgent = fc.record({
  cpus: fc.integer({ min: 1, max: 4 }),
  memory: fc.integer({ min: 1, max: 4 }),
  zone: fc.constantFrom('x', 'y'),
  busy: fc.nat(4),
  ends: fc.boolean(),
});
const anyAgentsOf = fc.array(anyAgent, { minLength: 1, maxLength: 4 });

/** Agents with tasks of one cpu and 512 MiB; every other one has tasks of another job. */
function clusterOf(agents: readonly SomeAgent[]): Snapshot {
  const snapshot = aSnapshot(
    agents.map(({ cpus, memory, zone }, index) =>
      aView(`a${index}`, { cpus, memory: memory * 1_024 }, inZone(zone)),
    ),
  );
  const placer = createPlacer(snapshot);
  for (const [index, { busy, ends }] of agents.entries()) {
    const job = index % 2 === 0 ? 'default/web' : 'default/other';
    const more = ends ? { endsAt: 1_000 - index } : {};
    const held = aProfile({ job, agent: `a${index}`, sizes: { memory: 512 }, ...more });
    place(tasksOf(held, busy, 100 * (index + 1)), placer);
  }
  return snapshot;
}

interface Asked {
  readonly cpus: number;
  readonly memory: number;
  readonly zone: string | undefined;
  readonly unique: boolean;
}

function askOf({ cpus, memory, zone, unique }: Asked): Profile {
  const zones = zone === undefined ? [] : [{ rule: 'Equals', attribute: 'zone', values: [zone] }];
  const alone = unique ? [{ rule: 'Unique', attribute: 'host' }] : [];
  return aProfile({ sizes: { cpus, memory: memory * 1_024 }, constraints: [...zones, ...alone] });
}

function isFitting(snapshot: Snapshot, profile: Profile): boolean {
  return snapshot.trial(() => isPlaced(createPlacer(snapshot).place({ key: 'trial', profile })));
}

/** Without the agents that are named: several may do. */
function strip(remedies: readonly Remedy[]): readonly string[] {
  return remedies
    .map((remedy) => {
      if (remedy.do === 'wait') return `wait ${remedy.until}`;
      if (remedy.do === 'less') return `less ${remedy.name} ${remedy.to}`;
      return remedy.do === 'drop' ? `drop ${remedy.name}` : `add ${remedy.count}`;
    })
    .toSorted();
}

/** Every change, from the smallest on, tried out on the cluster itself. */
function bruteForce(snapshot: Snapshot, profile: Profile): readonly string[] {
  const changes = [
    ...['cpus', 'memory'].map((name) => lessOf(name, snapshot, profile)),
    ...profile.constraints.map((constraint) => without(constraint, snapshot, profile)),
    waitFor(snapshot, profile),
    [...snapshot.agents.values()].some((agent) => helps(agent, snapshot, profile))
      ? 'add 1'
      : undefined,
  ];
  return changes.filter((change) => change !== undefined).toSorted();
}

function lessOf(name: string, snapshot: Snapshot, profile: Profile): string | undefined {
  const step = name === 'cpus' ? 500 : 512_000;
  for (let to = (profile.ask.scalars[name] ?? 0) - step; to > 0; to -= step) {
    const ask = { scalars: { ...profile.ask.scalars, [name]: to } };
    if (isFitting(snapshot, { ...profile, id: `${name}${to}`, ask }))
      return `less ${name} ${to / 1000}`;
  }
  return undefined;
}

function without(
  dropped: ConstraintSpec,
  snapshot: Snapshot,
  profile: Profile,
): string | undefined {
  const constraints = profile.constraints.filter((each) => each !== dropped);
  const helped = isFitting(snapshot, { ...profile, id: dropped.rule, constraints });
  return helped ? `drop ${dropped.rule}(${dropped.attribute})` : undefined;
}

function waitFor(snapshot: Snapshot, profile: Profile): string | undefined {
  const tasks = [...snapshot.tasks.values()].map(({ task }) => task);
  const ends = [...new Set(tasks.flatMap(({ endsAt }) => endsAt ?? []))].toSorted((a, b) => a - b);
  const found = ends.find((at) =>
    snapshot.trial(() => {
      const over = tasks.filter(({ endsAt = Number.POSITIVE_INFINITY }) => endsAt <= at);
      for (const { key } of over) snapshot.release(key);
      return isFitting(snapshot, profile);
    }),
  );
  return found === undefined ? undefined : `wait ${found}`;
}

function helps({ view }: AgentNode, snapshot: Snapshot, profile: Profile): boolean {
  return snapshot.trial(() => {
    snapshot.putAgent({ ...view, name: 'another' });
    return isFitting(snapshot, profile);
  });
}

/** The fewest agents of one sort that hold all, each sort and count tried out. */
function fewestAdded(snapshot: Snapshot, profile: Profile, pending: number): number | undefined {
  const counts = Array.from({ length: pending }, (_, at) => at + 1);
  return counts.find((count) =>
    [...snapshot.agents.values()].some(({ view }) =>
      snapshot.trial(() => {
        for (let at = 0; at < count; at += 1) snapshot.putAgent({ ...view, name: `new-${at}` });
        const { placed } = place(tasksOf(profile, pending, 1_000), createPlacer(snapshot));
        return placed.length === pending;
      }),
    ),
  );
}
