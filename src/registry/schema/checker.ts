import type { Cause } from '../../api/error.ts';
import { compilePattern } from '../../api/pattern.ts';
import type { Language } from '../cel/language.ts';
import { compileRules, type RuleCheck } from '../cel/rules.ts';
import { isEqual } from '../json.ts';
import type { Definition } from '../port.ts';
import { interpretFindings } from './interpret.ts';
import { isUnchanged } from './ratchet.ts';
import { duplicatesIn, keyedNodes } from './uniqueness.ts';
import { compileFindings } from './validate.ts';

/** What a kind's schema says against an object; against what it was before, only what is new. */
export type Checker = (object: object, old?: object) => readonly Cause[];

export interface CheckerOptions {
  readonly language: () => Language;
  /** Whether the schema is a user's: it may be anything, and is not compiled. */
  readonly isForeign: boolean;
}

/** Makes a check of the schema of a kind and its rules. Metadata has checks of its own. */
export function checkerOf({ schema, builtIn }: Definition, options: CheckerOptions): Checker {
  const { metadata: _, ...properties } = schema.properties ?? {};
  const own = { ...schema, properties };
  const find = options.isForeign ? interpretFindings(own, compilePattern) : compileFindings(own);
  const keyed = keyedNodes(own);
  const rules: RuleCheck | undefined = builtIn ? undefined : compileRules(options.language(), own);

  function schemaCauses(object: object, old: object | undefined): readonly Cause[] {
    return find(object)
      .filter(({ steps }) => !isUnchanged(own, [object, old], steps))
      .map(({ cause }) => cause);
  }

  function listCauses(object: object, old: object | undefined): readonly Cause[] {
    if (keyed.size === 0) return [];
    const causes = duplicatesIn(own, object, { keyed, old });
    if (old === undefined || causes.length === 0) return causes;
    const before = duplicatesIn(own, old, { keyed });
    return causes.filter((cause) => !before.some((one) => isEqual(one, cause)));
  }

  return (object, old) => {
    const before = builtIn ? undefined : old;
    const found = schemaCauses(object, before);
    const causes = found.length > 0 ? found : listCauses(object, before);
    if (rules === undefined) return causes;
    return causes.length > 0 ? [...causes, UNCHECKED] : rules(object, before);
  };
}

const UNCHECKED: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};
