import type { Random } from '../../../src/runtime/port.ts';
import { type Api, NoAnswer, noAnswer, persist } from '../parts/api.ts';
import { until } from '../wait.ts';
import { liveInstances } from './instances.ts';

/** People who change what they want of one job, and leave another alone. */
export interface People {
  /** Both jobs are there; waits for nothing. */
  begin(): Promise<void>;
  /** Scales the busy job or deletes one of its tasks; whether that was done is not asked. */
  change(): Promise<void>;
  /** Says a last time how many they want, until it is accepted. */
  settle(): Promise<void>;
  /** What does not run yet, or still does; nothing when the processes are those that were asked for. */
  misplaced(): string | undefined;
  /** The same, and what a replica does not say of it yet. */
  lacks(): Promise<string | undefined>;
}

const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const TASKS = '/apis/titan.dev/v1beta1/namespaces/default/tasks';
const MERGE = 'application/merge-patch+json';
export const STEADY = 4;
const BUSY_MAX = 5;

export interface PeopleOptions {
  readonly apis: readonly Api[];
  readonly state: string;
  readonly random: Random;
}

export function createPeople({ apis, state, random }: PeopleOptions): People {
  let wanted = 3;

  function anyApi(): Api {
    return apis[Math.floor(random.next() * apis.length)] as Api;
  }

  function scale(): ReturnType<Api['ask']> {
    const body = { spec: { location: `dc1:${wanted}` } };
    return anyApi().ask('PATCH', `${JOBS}/busy`, { body, type: MERGE });
  }

  async function deleteTask(): Promise<void> {
    const { body } = await anyApi().ask('GET', TASKS);
    const own =
      body.items?.filter((task: { metadata: { name: string } }) =>
        task.metadata.name.startsWith('busy-'),
      ) ?? [];
    const name = own[Math.floor(random.next() * own.length)]?.metadata.name;
    if (name !== undefined) await anyApi().ask('DELETE', `${TASKS}/${name}`);
  }

  const counts = () => Object.entries({ steady: STEADY, busy: wanted });

  function misplaced(): string | undefined {
    const live = liveInstances(state);
    for (const [name, count] of counts()) {
      const slots = [...live].filter(([instance]) => instance.startsWith(`${name}/`));
      const processes = slots.flatMap(([, each]) => each);
      if (slots.length !== count || processes.length !== count) {
        return `${name} has ${processes.length} processes in ${slots.length} slots, not ${count}`;
      }
    }
    return undefined;
  }

  return {
    async begin() {
      for (const [name, count] of [
        ['steady', STEADY],
        ['busy', wanted],
      ]) {
        const spec = {
          applicationName: 'nf-rocker',
          version: '1.06',
          location: `dc1:${count}`,
          cpus: 0.5,
          memory: 32,
        };
        const body = { apiVersion: 'titan.dev/v1beta1', kind: 'Job', metadata: { name }, spec };
        await persist(anyApi(), 'POST', JOBS, { body });
      }
    },
    async change() {
      try {
        if (random.next() < 0.4) return await deleteTask();
        wanted = 1 + Math.floor(random.next() * BUSY_MAX);
        await scale();
      } catch (thrown) {
        if (!(thrown instanceof NoAnswer)) throw thrown;
      }
    },
    async settle() {
      await until('the scale is taken', async () => {
        const answer = await scale().catch(noAnswer);
        return answer?.code === 200;
      });
    },
    misplaced,
    async lacks() {
      const misplacement = misplaced();
      if (misplacement !== undefined) return misplacement;
      for (const [name, count] of counts()) {
        for (const [index, api] of apis.entries()) {
          const told = await runningTold(api, name);
          if (told !== count)
            return `replica ${index} says that ${told} of ${name} run, not ${count}`;
        }
      }
      return undefined;
    },
  };
}

async function runningTold(api: Api, name: string): Promise<number | undefined> {
  try {
    const { body, warning } = await api.ask('GET', `${JOBS}/${name}`);
    return warning === '' ? body.status?.running : undefined;
  } catch {
    return undefined;
  }
}
