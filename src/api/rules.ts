import { validateCapacityGroup } from './capacity-group.ts';
import { NO_PLUGINS, type PluginNames } from './constraint.ts';
import { dependencyFaults } from './dependencies.ts';
import type { Cause } from './error.ts';
import { validateJob } from './job.ts';
import type { Kind } from './kind.ts';
import { type CapacityGroup, JOB, type Job, type Volume } from './kinds.gen.ts';
import type { ApiObject, ObjectKey } from './object.ts';
import { validateVolume } from './volume.ts';

/** What a rule may look at beside the object. */
interface View {
  get<T extends ApiObject>(kind: Kind<T>, key: ObjectKey): T | undefined;
}

type Rule = (object: unknown, old: unknown, view: View) => readonly Cause[];

/** What the schemas of Titan's own kinds cannot say, by kind. */
export function kindRules(plugins: PluginNames = NO_PLUGINS): Readonly<Record<string, Rule>> {
  return {
    CapacityGroup: (object) => validateCapacityGroup(object as CapacityGroup),
    Job: (object, _, view) => {
      const job = object as Job;
      const { namespace = 'default' } = job.metadata;
      const find = (name: string) => view.get(JOB, { namespace, name });
      return [...validateJob(job, plugins), ...dependencyFaults(job, find)];
    },
    Volume: (object) => validateVolume(object as Volume),
  };
}
