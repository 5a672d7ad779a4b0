import type { Cause } from '../../api/error.ts';
import { forbiddenField, invalidValue, notSupported, required } from '../causes.ts';
import type { Schema, ValidationRule } from '../port.ts';
import type { Language } from './language.ts';
import { asRulesSee, REASONS } from './rules.ts';
import { largest } from './sizes.ts';

/** What one rule may cost at most over a whole object, and all rules of a schema together. */
const RULE_COST_MAX = 10_000_000;
const SCHEMA_COST_MAX = 100_000_000;
const RULES_MAX = 1_000;
/** Characters of all rules of a schema: reading them is one piece of work, which keeps others waiting. */
const RULES_TEXT_MAX = 100_000;

interface Place {
  readonly path: string;
  /** How often the value may be there. */
  readonly times: number;
  /** Whether the former value of this one can be told. */
  readonly isCorrelated: boolean;
}

/** What is wrong with the rules of a schema that is about to be declared: types, fields, cost. */
export function ruleCauses(language: Language, schema: Schema, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  let total = 0;
  let count = 0;
  let length = 0;

  function check(node: Schema, rule: ValidationRule, place: Place): void {
    count += 1;
    length += lengthOf(rule.rule) + lengthOf(rule.messageExpression);
    if (count > RULES_MAX || length > RULES_TEXT_MAX) return;
    const before = causes.length;
    causes.push(...shapeCauses(rule, place.path));
    if (causes.length > before) return;
    const cost = costOf(language, node, rule, { ...place, causes });
    total += cost;
    if (cost <= RULE_COST_MAX) return;
    causes.push(
      forbiddenField(
        `${place.path}.rule`,
        `estimated rule cost exceeds budget by ${factor(cost, RULE_COST_MAX)}`,
      ),
    );
  }

  function walk(node: Schema, place: Place): void {
    for (const [index, rule] of (node['x-kubernetes-validations'] ?? []).entries()) {
      check(node, rule, { ...place, path: `${place.path}.x-kubernetes-validations[${index}]` });
    }
    const { properties = {}, additionalProperties: others, items } = node;
    for (const [key, of] of Object.entries(properties)) {
      walk(of, { ...place, path: `${place.path}.properties[${key}]` });
    }
    const times = place.times * largest(node);
    if (typeof others === 'object') {
      walk(others, { ...place, times, path: `${place.path}.additionalProperties` });
    }
    if (items === undefined) return;
    const isKeyed = node['x-kubernetes-list-type'] === 'map';
    const isCorrelated = place.isCorrelated && isKeyed;
    walk(items, { path: `${place.path}.items`, times, isCorrelated });
  }

  walk(asRulesSee(schema), { path, times: 1, isCorrelated: true });
  if (count > RULES_MAX)
    causes.push(invalidValue(path, count, `must have at most ${RULES_MAX} rules`));
  if (length > RULES_TEXT_MAX) {
    const why = `all rules of a schema may have ${RULES_TEXT_MAX} characters together, and these have ${length}`;
    causes.push(forbiddenField(path, why));
  }
  if (total > SCHEMA_COST_MAX) {
    const why = `x-kubernetes-validations estimated cost total for entire OpenAPIv3 schema exceeds budget by ${factor(total, SCHEMA_COST_MAX)}`;
    causes.push(forbiddenField(path, why));
  }
  return causes;
}

function lengthOf(text: unknown): number {
  return typeof text === 'string' ? text.length : 0;
}

function costOf(
  language: Language,
  node: Schema,
  rule: ValidationRule,
  { path, times, isCorrelated, causes }: Place & { readonly causes: Cause[] },
): number {
  let cost = 0;
  try {
    const compiled = language.compile(node, rule);
    cost += compiled.cost * times;
    if (compiled.isTransition && !isCorrelated) {
      const why = 'oldSelf cannot be used on the uncorrelatable portion of the schema';
      causes.push(invalidValue(`${path}.rule`, rule.rule, why));
    }
    if (rule.optionalOldSelf === true && !compiled.isTransition) {
      const why = 'option optionalOldSelf may not be set if oldSelf is not used in rule';
      causes.push(invalidValue(`${path}.optionalOldSelf`, true, why));
    }
  } catch (thrown) {
    causes.push(invalidValue(`${path}.rule`, rule.rule, sentence(thrown)));
  }
  if (rule.messageExpression === undefined) return cost;
  try {
    cost += language.compileMessage(node, rule).cost * times;
  } catch (thrown) {
    const why = sentence(thrown);
    causes.push(invalidValue(`${path}.messageExpression`, rule.messageExpression, why));
  }
  return cost;
}

function sentence(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function factor(cost: number, max: number): string {
  const times = cost / max;
  const shown = times > 100 ? 'more than 100x' : `${times.toFixed(1)}x`;
  const hint =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `factor of ${shown} (${hint})`;
}

const TEXT_MAX = 10_000;

function shapeCauses(rule: ValidationRule, path: string): readonly Cause[] {
  const fields = ['rule', 'message', 'messageExpression', 'reason', 'fieldPath'] as const;
  const odd = fields.filter((key) => rule[key] !== undefined && typeof rule[key] !== 'string');
  if (odd.length > 0)
    return odd.map((key) => invalidValue(`${path}.${key}`, null, 'must be a string'));
  if (typeof rule.rule !== 'string' || rule.rule.trim() === '')
    return [required(`${path}.rule`, 'rule is not specified')];
  if (rule.rule.length > TEXT_MAX) {
    return [invalidValue(`${path}.rule`, '', `must be no more than ${TEXT_MAX} characters`)];
  }
  const { message, reason, fieldPath } = rule;
  if (message?.trim() === '') {
    return [invalidValue(`${path}.message`, message, 'message must be non-empty if specified')];
  }
  if (message?.includes('\n')) {
    return [invalidValue(`${path}.message`, message, 'message must not contain line breaks')];
  }
  if (rule.rule.includes('\n') && message === undefined && rule.messageExpression === undefined) {
    return [required(`${path}.message`, 'message must be specified if rule contains line breaks')];
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    return [notSupported(`${path}.reason`, reason, REASONS)];
  }
  if (fieldPath !== undefined && !/^(\.[\w-]+|\['[^']+'\])+$/.test(fieldPath.trim())) {
    return [invalidValue(`${path}.fieldPath`, fieldPath, 'must be a valid path')];
  }
  return [];
}
