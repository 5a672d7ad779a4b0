import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import type { Schema, ValidationRule } from '../port.ts';
import { type Budget, createBudget, OutOfBudget } from './budget.ts';
import { createEnvironment } from './environment.ts';
import { estimate, knownOf, RuleProblem } from './estimate.ts';
import { printCharged } from './print.ts';
import { unsupportedIn } from './unsupported.ts';

/** A rule that can be run. */
export interface CompiledRule {
  /** Whether it speaks of the former value. */
  readonly isTransition: boolean;
  /** What it may cost once, at most, as Kubernetes reckons. */
  readonly cost: number;
  /** @throws OutOfBudget, Error with a sentence for people */
  run(self: unknown, oldSelf: unknown): unknown;
}

/** Compiles the rules of all schemas; a rule is a text in the Common Expression Language. */
export interface Language {
  readonly budget: Budget;
  /** @throws Error with a sentence that says what is wrong with the rule */
  compile(schema: Schema, rule: ValidationRule): CompiledRule;
  /** The expression that makes a message; its value is a text. @throws Error */
  compileMessage(schema: Schema, rule: ValidationRule): CompiledRule;
}

/** Types of which the environment is kept; definitions come and go, and may name any number of types. */
const ENVIRONMENTS_MAX = 1_000;

export function createLanguage(): Language {
  const budget = createBudget();
  const base = createEnvironment(budget);
  const environments = new Map<string, Environment>();

  /** Rules of values of one type share an environment. */
  function environmentFor(schema: Schema, isOptional: boolean): Environment {
    const type = celType(schema);
    const name = `${type} ${isOptional}`;
    const known = environments.get(name);
    if (known !== undefined) return known;
    const env = base
      .clone()
      .registerVariable('self', type)
      .registerVariable('oldSelf', isOptional ? 'optional' : type);
    if (environments.size >= ENVIRONMENTS_MAX) environments.clear();
    environments.set(name, env);
    return env;
  }

  function compile(
    schema: Schema,
    text: string,
    { optionalOldSelf = false }: ValidationRule,
    wanted: 'bool' | 'string',
  ): CompiledRule {
    const env = environmentFor(schema, optionalOldSelf);
    const ast = checked(env, text, wanted);
    const self = knownOf(schema);
    const oldSelf = optionalOldSelf ? knownOf({}) : self;
    const cost = estimate(ast, { self, oldSelf });
    const evaluate = env.parse(printCharged(ast));
    const check = evaluate.check();
    if (!check.valid) throw new RuleProblem(summary(check.error));
    return {
      isTransition: mentions(ast, 'oldSelf'),
      cost,
      run(value, old) {
        try {
          const result: unknown = evaluate({ self: value, oldSelf: old });
          if (budget.left >= 0) return result;
        } catch (thrown) {
          if (budget.left < 0) throw new OutOfBudget();
          throw new Error(summary(thrown), { cause: thrown });
        }
        throw new OutOfBudget();
      },
    };
  }

  return {
    budget,
    compile: (schema, rule) => compile(schema, rule.rule, rule, 'bool'),
    compileMessage: (schema, rule) => compile(schema, rule.messageExpression ?? '', rule, 'string'),
  };
}

function checked(env: Environment, text: string, wanted: 'bool' | 'string'): ASTNode {
  const { ast } = parsed(env, text);
  const unsupported = unsupportedIn(ast);
  if (unsupported !== undefined) throw new RuleProblem(unsupported);
  for (const name of RESERVED) {
    if (mentions(ast, name)) throw new RuleProblem(`undeclared reference to '${name}'`);
  }
  const { valid, type, error } = env.check(text);
  if (!valid) throw new RuleProblem(`compilation failed: ${summary(error)}`);
  if (type === wanted || type === 'dyn' || type?.startsWith('dyn<') === true) return ast;
  const must =
    wanted === 'bool'
      ? 'cel expression must evaluate to a bool'
      : 'messageExpression must evaluate to a string';
  throw new RuleProblem(must);
}

function parsed(env: Environment, text: string): { readonly ast: ASTNode } {
  try {
    return env.parse(text);
  } catch (thrown) {
    throw new RuleProblem(`compilation failed: ${summary(thrown)}`);
  }
}

/** What only the printed form of a rule may use, and a macro that Kubernetes doesn't have. */
const RESERVED = ['step', 'charged', 'weighed', 'matchesPattern', 'cel'];

/** Whether an expression uses a name, as a variable or a function. */
function mentions(node: ASTNode, name: string): boolean {
  const { op, args } = node;
  if (op === 'value') return false;
  if (op === 'id') return args === name;
  if ((op === 'call' || op === 'rcall') && args[0] === name) return true;
  return nodesOf(args).some((one) => mentions(one, name));
}

function nodesOf(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  return typeof value === 'object' && value !== null && 'op' in value ? [value as ASTNode] : [];
}

function celType({ type, format, nullable }: Schema): string {
  if (nullable) return 'dyn';
  if (type === 'integer') return 'int';
  if (type === 'number') return 'double';
  if (type === 'boolean') return 'bool';
  return type === 'string' && format === undefined ? 'string' : 'dyn';
}

/** The first line of what the library says, in Kubernetes' words. */
function summary(thrown: unknown): string {
  const { message } = thrown instanceof Error ? thrown : { message: String(thrown) };
  const [line = ''] = message.split('\n');
  return line
    .replace(/^No such key/, 'no such key')
    .replace(/^Unknown variable: (\w+)/, "undeclared reference to '$1'");
}
