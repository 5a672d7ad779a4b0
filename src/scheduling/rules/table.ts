import type { RuleName } from '../../api/constraint.ts';
import { attributeRules } from './attribute.ts';
import { groupRules } from './group.ts';
import type { RuleMaker } from './rule.ts';

/** All rules that Titan has, by the name that a job's constraint gives. */
export const rules = {
  ...attributeRules,
  ...groupRules,
  ExclusiveHost: ({ rule }) => ({ about: 'exclusive', name: rule }),
} as const satisfies Record<RuleName, RuleMaker>;
