import fc from 'fast-check';
import { FITNESS } from '../../src/api/constraint.ts';
import type { AgentView } from '../../src/scheduling/cluster/agent.ts';
import type { Profile } from '../../src/scheduling/place/profile.ts';
import type { ConstraintSpec } from '../../src/scheduling/rules/rule.ts';
import { aProfile, aView } from './scheduling.ts';

const zones = fc.constantFrom('a', 'b', 'c');
const weight = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });

function weighed(spec: ConstraintSpec, of: number | undefined): ConstraintSpec {
  return of === undefined ? spec : { ...spec, weight: of };
}

const anyConstraint: fc.Arbitrary<ConstraintSpec> = fc
  .tuple(
    fc.oneof(
      fc.record({
        rule: fc.constant('In'),
        attribute: fc.constant('zone'),
        values: fc.array(zones, { minLength: 1, maxLength: 2 }),
      }),
      fc.record({
        rule: fc.constant('NotEquals'),
        attribute: fc.constant('disk'),
        values: fc.constant(['hdd']),
      }),
      fc.record({
        rule: fc.constant('AtLeast'),
        attribute: fc.constant('gen'),
        values: fc.constantFrom(['1'], ['2']),
      }),
      fc.record({
        rule: fc.constant('NotIn'),
        attribute: fc.constant('host'),
        values: fc.constant(['agent-0', 'agent-3']),
      }),
      fc.record({
        rule: fc.constantFrom('Unique', 'Balanced'),
        attribute: fc.constantFrom('zone'),
      }),
      fc.record({ rule: fc.constantFrom('Unique'), attribute: fc.constantFrom('host', 'disk') }),
      fc.record({
        rule: fc.constant('MaxPer'),
        attribute: fc.constantFrom('host', 'zone'),
        number: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({
        rule: fc.constant('Spread'),
        attribute: fc.constant('zone'),
        shares: fc.constant([{ value: 'a', percent: 60 }]),
      }),
      fc.record({
        rule: fc.constantFrom('WithJob', 'AwayFromJob'),
        attribute: fc.constantFrom('host', 'zone'),
        job: fc.constantFrom('default/job-0', 'default/job-1'),
      }),
      fc.record({ rule: fc.constant('ExclusiveHost') }),
    ),
    weight,
  )
  .map(([spec, of]) => weighed(spec, of));

const anyFitness = fc.record({
  name: fc.constantFrom(...FITNESS),
  weight: fc.integer({ min: 1, max: 3 }),
});

/** Any ask with up to three constraints and three kinds of fitness. */
export const anyProfile: fc.Arbitrary<Profile> = fc
  .record({
    job: fc.constantFrom('default/job-0', 'default/job-1', 'default/job-2'),
    cpus: fc.integer({ min: 1, max: 4 }),
    memory: fc.integer({ min: 0, max: 4 }),
    gpus: fc.constantFrom(0, 0, 0, 1),
    ports: fc.nat(2),
    licences: fc.constantFrom(0, 0, 0, 1, 2),
    slot: fc.option(fc.constantFrom('red', 'blue'), { nil: undefined, freq: 5 }),
    role: fc.option(fc.constant('ops'), { nil: undefined, freq: 4 }),
    endsAt: fc.option(fc.constantFrom(1_000_000, 3_000_000), { nil: undefined, freq: 4 }),
    goodEnough: fc.option(fc.constant(0.5), { nil: undefined, freq: 5 }),
    agent: fc.option(fc.constant('agent-1'), { nil: undefined, freq: 12 }),
    constraints: fc.array(anyConstraint, { maxLength: 3 }),
    fitness: fc.array(anyFitness, { maxLength: 3 }),
  })
  .map(
    ({
      job,
      cpus,
      memory,
      gpus,
      ports,
      licences,
      slot,
      role,
      endsAt,
      goodEnough,
      agent,
      constraints,
      fitness,
    }) => {
      const base = aProfile({
        job,
        sizes: { cpus, memory: memory * 1_024, gpus },
        constraints,
        fitness,
      });
      const slots = slot === undefined ? {} : { slots: [{ set: 'eni', value: slot, count: 1 }] };
      const more = {
        ask: { ...base.ask, counts: { ports, licences }, ...slots },
        image: 'web:1',
        ...(role === undefined ? {} : { role }),
        ...(endsAt === undefined ? {} : { endsAt }),
        ...(goodEnough === undefined ? {} : { goodEnough }),
        ...(agent === undefined ? {} : { agent }),
      };
      return { ...base, ...more, id: JSON.stringify([base, more]) };
    },
  );

const anyView = fc.record({
  cpus: fc.constantFrom(2, 4, 8),
  memory: fc.constantFrom(4_096, 8_192),
  gpus: fc.constantFrom(0, 0, 2),
  licences: fc.constantFrom([], ['x'], ['x', 'y', 'z']),
  zone: fc.option(zones, { nil: undefined, freq: 8 }),
  disk: fc.constantFrom('ssd', 'hdd'),
  gen: fc.constantFrom('1', '2', '10'),
  more: fc.constantFrom<Partial<AgentView>>(
    {},
    {},
    {},
    { unschedulable: true },
    { onlyFor: 'ops' },
    { reserved: { ops: { scalars: { cpus: 2_000, memory: 2_048_000 } } } },
    { quality: 0 },
    { quality: 0.7 },
    { holds: ['web:1'] },
    { holds: ['web:1', 'data'] },
    { slots: { eni: { slots: 2, each: 2 } } },
  ),
});

/** Up to seven agents, no two of which need be alike. */
export const anyAgents = fc.array(anyView, { maxLength: 7 }).map((all) =>
  all.map(({ cpus, memory, gpus, licences, zone, disk, gen, more }, index) => {
    const attributes = { disk, gen, ...(zone === undefined ? {} : { zone }) };
    const view = aView(`agent-${index}`, { cpus, memory, gpus }, { attributes, ...more });
    return { ...view, capacity: { ...view.capacity, sets: { licences } } };
  }),
);
