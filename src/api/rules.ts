import { validateCapacityGroup } from './capacity-group.ts';
import { NO_PLUGINS, type PluginNames } from './constraint.ts';
import type { Cause } from './error.ts';
import { validateJob } from './job.ts';
import type { CapacityGroup, Job, Volume } from './kinds.gen.ts';
import { validateVolume } from './volume.ts';

/** What the schemas of Titan's own kinds cannot say, by kind. */
export function kindRules(
  plugins: PluginNames = NO_PLUGINS,
): Readonly<Record<string, (object: unknown) => readonly Cause[]>> {
  return {
    CapacityGroup: (object) => validateCapacityGroup(object as CapacityGroup),
    Job: (object) => validateJob(object as Job, plugins),
    Volume: (object) => validateVolume(object as Volume),
  };
}
