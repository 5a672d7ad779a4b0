import { hasReason } from '../../../src/api/error.ts';
import {
  FAULT_DOMAIN,
  JOB,
  type Job,
  TASK,
  type Task,
  type TaskStatus,
} from '../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import { phaseOf, phaseSince } from '../../../src/api/task.ts';
import type { PlantBug } from '../../../src/sim/domain.ts';
import { changingClient, seeing } from './tools.ts';

const STAGING_MS = 20_000;

const silenceIsALoss: PlantBug = ({ clock }) => ({
  client(open, options) {
    const client = open(options);
    async function look(): Promise<void> {
      const { items } = await client.list(TASK);
      const late = items.filter(
        (task) => phaseOf(task) === 'Staging' && clock.now() - phaseSince(task) >= STAGING_MS,
      );
      const at = toTimestamp(clock.now());
      const end = { phase: 'Lost', fault: 'System', reason: 'StagingTimeout' } as const;
      for (const task of late) {
        const status: TaskStatus = { ...task.status, ...end, phaseSince: at, finishedAt: at };
        await client.updateStatus(TASK, { ...task, status }).catch(() => undefined);
      }
    }

    function again(): void {
      clock.after(500, () => {
        look().then(again, again);
      });
    }

    again();
    return client;
  },
});

const noPremises = changingClient((client) => ({
  create: (kind, draft) => client.create(kind, draft),
  delete(kind, key, options = {}) {
    const { given: _, ...others } = options;
    return client.delete(kind, key, others);
  },
}));

const chanceNames: PlantBug = ({ random }) =>
  changingClient((client) => ({
    create(kind, draft) {
      if (kind.plural !== TASK.plural) return client.create(kind, draft);
      const name = `${draft.metadata.name}-${random.uuid().slice(0, 4)}`;
      return client.create(kind, { ...draft, metadata: { ...draft.metadata, name } });
    },
  }))({ random } as never);

/** An answer that is lost is taken for a refusal, and the next attempt is made at once. */
const impatient = changingClient((client) => ({
  async create(kind, draft, options) {
    try {
      return await client.create(kind, draft, options);
    } catch (thrown) {
      if (kind.plural !== TASK.plural || !hasReason(thrown, 'ServiceUnavailable')) throw thrown;
      const { spec } = draft as unknown as Task;
      const attempt = spec.attempt + 1;
      const name = (draft.metadata.name ?? '').replace(/\d+$/, String(attempt));
      const next = { ...draft, metadata: { ...draft.metadata, name }, spec: { ...spec, attempt } };
      return client.create(kind, next as never, options);
    }
  },
}));

const unheld = changingClient((client) => ({
  create(kind, draft, options) {
    if (kind.plural !== TASK.plural) return client.create(kind, draft, options);
    const { finalizers: _, ...metadata } = draft.metadata;
    return client.create(kind, { ...draft, metadata }, options);
  },
}));

const oneMore = seeing(JOB, (job: Job) => {
  const location = job.spec.location.replace(/\d+$/, (count) => String(Number(count) + 1));
  return { ...job, spec: { ...job.spec, location } };
});

const writesSpec = changingClient((client) => ({
  update(kind, object) {
    if (kind.plural !== JOB.plural) return client.update(kind, object);
    const { spec } = object as unknown as Job;
    return client.update(kind, { ...object, spec: { ...spec, priority: 7 } } as never);
  },
}));

const notExclusive = seeing(JOB, (job: Job) => {
  const { exclusive: _, ...partition } = job.spec.partition ?? {};
  return { ...job, spec: { ...job.spec, partition: { ...partition, replaceAfter: 10 } } };
});

/** Bugs in what a control plane decides. */
export const OF_CONTROL = {
  'no answer for a while counts as a loss': silenceIsALoss,
  'tasks are made for a job that has changed meanwhile': noPremises,
  'names of tasks are left to chance': chanceNames,
  'a lost answer leads to another attempt': impatient,
  'the record of a task goes while it still runs': unheld,
  'one more is made than is wanted': oneMore,
  'a control plane writes what people want': writesSpec,
  'exclusive jobs are replaced like others': notExclusive,
  'limits of launches and kills are not heeded': seeing(FAULT_DOMAIN, (domain) => {
    const { limits: _, ...spec } = domain.spec;
    return { ...domain, spec };
  }),
  'the loss of half of the agents goes unnoticed': seeing(FAULT_DOMAIN, (domain) => {
    const conditions = domain.status?.conditions?.filter(({ type }) => type !== 'MassLoss') ?? [];
    return { ...domain, status: { ...domain.status, conditions } };
  }),
} as const satisfies Readonly<Record<string, PlantBug>>;
