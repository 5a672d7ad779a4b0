import type { Cause } from '../../api/error.ts';
import { field, isEqual, isRecord } from '../json.ts';
import type { Schema, ValidationRule } from '../port.ts';
import { listMapKey } from '../schema/uniqueness.ts';
import { OBJECT_STEPS, OutOfBudget } from './budget.ts';
import type { CompiledRule, Language } from './language.ts';
import { celValue, optionally } from './values.ts';

/** The schema of an object as rules see it: of its metadata, the name only. */
export function asRulesSee(schema: Schema): Schema {
  if (schema.type !== 'object') return schema;
  const text: Schema = { type: 'string', maxLength: 253 };
  const metadata: Schema = { type: 'object', properties: { name: text, generateName: text } };
  const properties = { apiVersion: text, kind: text, ...schema.properties, metadata };
  return { ...schema, properties };
}

interface Rule {
  readonly rule: ValidationRule;
  readonly check: CompiledRule;
  readonly message: CompiledRule | undefined;
}

/** Whether it is the rule of a value that never changes: then it holds of one that is as it was. */
function isOfConstant({ rule, optionalOldSelf }: ValidationRule): boolean {
  return rule === 'self == oldSelf' && optionalOldSelf !== true;
}

/** The rules of a schema's node, compiled when a value first stands there, and the nodes below that have some. */
interface Node {
  readonly schema: Schema;
  /** Whether a rule here or below may refuse a value that is as it was. */
  readonly speaksOfFormer: boolean;
  readonly rules: () => readonly Rule[];
  readonly fields: ReadonlyMap<string, Node>;
  readonly others: Node | undefined;
  readonly items: Node | undefined;
}

/** @returns `undefined` where neither the schema nor anything below it has rules */
function nodeOf(language: Language, schema: Schema): Node | undefined {
  const { properties = {}, additionalProperties, items: item } = schema;
  const fields = Object.entries(properties).flatMap(([key, of]) => {
    const node = nodeOf(language, of);
    return node === undefined ? [] : [[key, node] as const];
  });
  const others =
    typeof additionalProperties === 'object' ? nodeOf(language, additionalProperties) : undefined;
  const items = item && nodeOf(language, item);
  const declared = schema['x-kubernetes-validations'] ?? [];
  if (declared.length + fields.length === 0 && others === undefined && items === undefined) {
    return undefined;
  }
  let made: readonly Rule[] | undefined;
  const rules = () => {
    made ??= declared.map((rule) => compiledRule(language, schema, rule));
    return made;
  };
  const below = [others, items, ...fields.map(([, node]) => node)];
  const speaksOfFormer =
    declared.some(isAboutFormer) || below.some((node) => node?.speaksOfFormer === true);
  return { schema, speaksOfFormer, rules, fields: new Map(fields), others, items };
}

function isAboutFormer(rule: ValidationRule): boolean {
  return rule.rule.includes('oldSelf') && !isOfConstant(rule);
}

function compiledRule(language: Language, schema: Schema, rule: ValidationRule): Rule {
  const check = compiled(() => language.compile(schema, rule));
  if (rule.messageExpression === undefined) return { rule, check, message: undefined };
  return { rule, check, message: compiled(() => language.compileMessage(schema, rule)) };
}

/** A rule that passed its checks when it was declared and can no longer be read refuses every value. */
function compiled(compile: () => CompiledRule): CompiledRule {
  try {
    return compile();
  } catch (thrown) {
    return {
      isTransition: false,
      cost: 0,
      run() {
        throw thrown;
      },
    };
  }
}

/** What the rules of a schema say against a value that keeps to the schema. */
export type RuleCheck = (value: unknown, old: unknown) => readonly Cause[];

/**
 * Makes a check of the rules of a schema, each compiled when it is first run. A rule of a value that has not changed is not run on an update, unless it
 * speaks of the former value. All rules of one call share a budget; one that spends it ends the call.
 */
export function compileRules(language: Language, schema: Schema): RuleCheck | undefined {
  const root = nodeOf(language, asRulesSee(schema));
  if (root === undefined) return undefined;
  return (value, old) => {
    const causes: Cause[] = [];
    language.budget.refill(OBJECT_STEPS);
    try {
      visit(root, { path: '', value, old }, causes);
    } catch (thrown) {
      if (!(thrown instanceof OutOfBudget)) throw thrown;
      causes.push({
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${thrown.message}`,
        field: '<nil>',
      });
    }
    return causes;
  };
}

interface Place {
  readonly path: string;
  readonly value: unknown;
  readonly old: unknown;
}

function visit(node: Node, place: Place, causes: Cause[]): void {
  const { value, old } = place;
  if (value === undefined || value === null) return;
  if (value === old && !node.speaksOfFormer) return;
  runRules(node, place, causes);
  if (Array.isArray(value)) visitItems(node, { ...place, value }, causes);
  else if (isRecord(value)) visitFields(node, { ...place, value }, causes);
}

function visitItems(
  { schema, items }: Node,
  { path, value, old }: Place & { readonly value: readonly unknown[] },
  causes: Cause[],
): void {
  if (items === undefined) return;
  const before = correlated(schema, old);
  for (const [index, item] of value.entries()) {
    visit(items, { path: `${path}[${index}]`, value: item, old: before(item) }, causes);
  }
}

function visitFields(
  node: Node,
  { path, value, old }: Place & { readonly value: Readonly<Record<string, unknown>> },
  causes: Cause[],
): void {
  for (const [key, item] of Object.entries(value)) {
    const below = node.fields.get(key) ?? node.others;
    if (below === undefined) continue;
    const at = path === '' ? key : `${path}.${key}`;
    visit(below, { path: at, value: item, old: field(old, key) }, causes);
  }
}

/** Finds the former item of a list that is keyed; items of others have none. */
function correlated(schema: Schema, old: unknown): (item: unknown) => unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return () => undefined;
  const before = new Map(old.map((item) => [JSON.stringify(listMapKey(schema, item)), item]));
  return (item) => before.get(JSON.stringify(listMapKey(schema, item)));
}

function runRules(node: Node, place: Place, causes: Cause[]): void {
  const rules = node.rules();
  const { schema } = node;
  if (rules.length === 0) return;
  const { value, old } = place;
  const isSame = old !== undefined && isEqual(value, old);
  const isOld = old !== undefined && old !== null;
  const due = rules.filter(({ rule, check: { isTransition } }) =>
    isTransition && !(isSame && isOfConstant(rule))
      ? isOld || rule.optionalOldSelf === true
      : !isSame,
  );
  if (due.length === 0) return;
  const self = celValue(schema, value);
  const oldSelf = isOld ? celValue(schema, old) : undefined;
  for (const rule of due) {
    const cause = runRule(rule, self, former(rule.rule, oldSelf), place.path);
    if (cause !== undefined) causes.push(cause);
  }
}

function former({ optionalOldSelf }: ValidationRule, oldSelf: unknown): unknown {
  if (optionalOldSelf !== true) return oldSelf;
  return optionally(oldSelf);
}

function runRule({ rule, check, message }: Rule, self: unknown, old: unknown, path: string) {
  try {
    if (check.run(self, old) === true) return undefined;
    return causeOf(rule, messageOf(rule, message, self, old), path);
  } catch (thrown) {
    if (thrown instanceof OutOfBudget) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const text = `${why} evaluating rule: ${rule.message ?? rule.rule}`;
    return causeOf({ rule: rule.rule }, text, path);
  }
}

const MESSAGE_MAX = 5_120;

function messageOf(
  rule: ValidationRule,
  message: CompiledRule | undefined,
  self: unknown,
  old: unknown,
): string {
  const fixed = rule.message ?? `failed rule: ${rule.rule.trim()}`;
  if (message === undefined) return fixed;
  try {
    const made = message.run(self, old);
    const text = typeof made === 'string' ? made.trim() : '';
    return text === '' || text.includes('\n') || text.length > MESSAGE_MAX ? fixed : text;
  } catch (thrown) {
    if (thrown instanceof OutOfBudget) throw thrown;
    return fixed;
  }
}

const TITLES: Readonly<Record<string, string>> = {
  FieldValueInvalid: 'Invalid value',
  FieldValueForbidden: 'Forbidden',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
};

export const REASONS: readonly string[] = Object.keys(TITLES);

function causeOf(
  { reason = 'FieldValueInvalid', fieldPath = '' }: ValidationRule,
  text: string,
  path: string,
): Cause {
  const field = `${path}${fieldPath.trim()}`.replace(/^\./, '');
  return {
    reason,
    message: `${TITLES[reason] ?? 'Invalid value'}: ${text}`,
    field: field === '' ? '<nil>' : field,
  };
}
