import { validateCapacityGroup } from './capacity-group.ts';
import type { Cause } from './error.ts';
import { validateJob } from './job.ts';
import type { CapacityGroup, Job } from './kinds.gen.ts';

/** What the schemas of Titan's own kinds cannot say, by kind. */
export const KIND_RULES: Readonly<Record<string, (object: unknown) => readonly Cause[]>> = {
  CapacityGroup: (object) => validateCapacityGroup(object as CapacityGroup),
  Job: (object) => validateJob(object as Job),
};
