import type { ASTNode } from '@marcbachmann/cel-js';
import type { Schema } from '../port.ts';
import { isLoop } from './print.ts';
import { largest, REQUEST_BYTES_MAX } from './sizes.ts';
import { escapeName } from './values.ts';

/** What is known of an expression before it is run. */
interface Known {
  readonly schema?: Schema | undefined;
  /** A scalar type, where that is known. */
  readonly type?: string | undefined;
  /** Characters, items or keys that its value has at most. */
  readonly size: number;
}

interface Walked extends Known {
  readonly cost: number;
}

type Scope = Readonly<Record<string, Known>>;

/** What is wrong with a rule that can be seen without running it. */
export class RuleProblem extends Error {
  override readonly name = 'RuleProblem';
}

/** What is known of a value of a schema. */
export function knownOf(schema: Schema): Known {
  return { schema, type: typeOf(schema), size: largest(schema) };
}

/**
 * The most that a rule costs, about as Kubernetes reckons it: one for each step, and for each loop the most
 * turns it may take.
 *
 * @throws RuleProblem where it names fields that there are not, or compares what can't be compared
 */
export function estimate(node: ASTNode, scope: Scope): number {
  return walk(node, scope).cost;
}

function walk(node: ASTNode, scope: Scope): Walked {
  const { op, args } = node;
  switch (op) {
    case 'value':
      return { ...literal(args), cost: 0 };
    case 'id':
      return { ...(scope[args] ?? UNKNOWN), cost: 1 };
    case '.':
    case '.?': {
      const of = walk(args[0], scope);
      return { ...fieldOf(of, args[1]), cost: of.cost + 1 };
    }
    case '[]':
    case '[?]': {
      const [of, index] = [walk(args[0], scope), walk(args[1], scope)];
      return { ...memberOf(of), cost: of.cost + index.cost + 1 };
    }
    case 'list':
      return { size: args.length, cost: 10 + sum(args.map((item) => walk(item, scope))) };
    case 'map':
      return { size: args.length, cost: 30 + sum(args.flat().map((item) => walk(item, scope))) };
    case '?:': {
      const [condition, yes, no] = args.map((item) => walk(item, scope));
      return either(condition, yes, no);
    }
    case '!_':
    case '-_': {
      const of = walk(args, scope);
      return { type: op === '!_' ? 'bool' : of.type, size: 1, cost: of.cost + 1 };
    }
    case 'call':
      return call(args[0], args[1], scope);
    case 'rcall':
      return isLoop(node) ? loop(args, scope) : method(args, scope);
    default:
      return operation(op, walk(args[0], scope), walk(args[1], scope));
  }
}

const UNKNOWN: Known = { size: REQUEST_BYTES_MAX / 2 };

function literal(value: unknown): Known {
  if (typeof value === 'string') return { type: 'string', size: value.length };
  if (typeof value === 'bigint') return { type: 'int', size: 1 };
  if (typeof value === 'number') return { type: 'double', size: 1 };
  return typeof value === 'boolean' ? { type: 'bool', size: 1 } : { size: 1 };
}

function typeOf({ type, format }: Schema): string | undefined {
  if (type === 'integer') return 'int';
  if (type === 'number') return 'double';
  if (type === 'boolean') return 'bool';
  if (type !== 'string') return undefined;
  return format === undefined ? 'string' : undefined;
}

function fieldOf({ schema }: Known, name: string): Known {
  if (schema === undefined) return UNKNOWN;
  const { properties = {}, additionalProperties: others, type } = schema;
  const found = Object.entries(properties).find(([key]) => escapeName(key) === name);
  if (found !== undefined) return knownOf(found[1]);
  if (typeof others === 'object') return knownOf(others);
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || others === true;
  if (isOpen || schema['x-kubernetes-embedded-resource'] || type === undefined) return UNKNOWN;
  throw new RuleProblem(`undefined field '${name}'`);
}

function memberOf({ schema }: Known): Known {
  if (schema?.items !== undefined) return knownOf(schema.items);
  const others = schema?.additionalProperties;
  return typeof others === 'object' ? knownOf(others) : UNKNOWN;
}

function either(
  condition: Walked | undefined,
  yes: Walked | undefined,
  no: Walked | undefined,
): Walked {
  const cost = (condition?.cost ?? 0) + Math.max(yes?.cost ?? 0, no?.cost ?? 0);
  const type = yes?.type === no?.type ? yes?.type : undefined;
  return { type, size: Math.max(yes?.size ?? 0, no?.size ?? 0), cost };
}

const TRUTHS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||']);
const NUMBERS = new Set(['int', 'double']);

function operation(op: string, left: Walked, right: Walked): Walked {
  checkTypes(op, left.type, right.type);
  const base = left.cost + right.cost + 1;
  if (op === '&&' || op === '||') return { type: 'bool', size: 1, cost: base };
  if (op === 'in') return { type: 'bool', size: 1, cost: base + right.size };
  const isSmall = NUMBERS.has(left.type ?? '') || left.type === 'bool';
  const sizes = isSmall ? 0 : left.size + right.size;
  if (TRUTHS.has(op)) {
    return { type: 'bool', size: 1, cost: base + 0.1 * Math.min(left.size, right.size) };
  }
  return { type: left.type, size: op === '+' ? Math.max(sizes, 1) : 1, cost: base + 0.1 * sizes };
}

/** Texts are not compared with numbers, and so on; numbers are with each other. */
function checkTypes(op: string, left: string | undefined, right: string | undefined): void {
  if (left === undefined || right === undefined || left === right || op === 'in') return;
  if (NUMBERS.has(left) && NUMBERS.has(right)) return;
  throw new RuleProblem(
    `found no matching overload for '_${op}_' applied to '(${left}, ${right})'`,
  );
}

function call(name: string, args: readonly ASTNode[], scope: Scope): Walked {
  const walked = args.map((arg) => walk(arg, scope));
  const size = Math.max(1, ...walked.map((one) => one.size));
  const cost = 1 + sum(walked) + (name === 'has' || name === 'size' ? 0 : 0.1 * size);
  if (name === 'has') return { type: 'bool', size: 1, cost };
  if (name === 'size') return { type: 'int', size: 1, cost };
  if (name === 'string') return { type: 'string', size: size + 40, cost };
  return { size, cost };
}

type Method = readonly [name: string, receiver: ASTNode, args: readonly ASTNode[]];

const NUMBERED = new Set(['size', 'indexOf', 'lastIndexOf']);
const ASKED = new Set(['contains', 'startsWith', 'endsWith', 'matches', 'isSorted', 'hasValue']);

function method([name, receiver, args]: Method, scope: Scope): Walked {
  const of = walk(receiver, scope);
  const walked = args.map((arg) => walk(arg, scope));
  const factor = name === 'matches' ? 0.5 : 0.1;
  const isCheap = name === 'size' || name === 'hasValue';
  const sizes = walked.reduce((total, one) => total + one.size, 0);
  const cost = of.cost + 1 + sum(walked) + (isCheap ? 0 : factor * (of.size + sizes));
  if (NUMBERED.has(name)) return { type: 'int', size: 1, cost };
  if (ASKED.has(name)) return { type: 'bool', size: 1, cost };
  const grown = name === 'replace' ? of.size * Math.max(1, walked[1]?.size ?? 1) : of.size + sizes;
  return { size: Math.min(grown, REQUEST_BYTES_MAX), cost };
}

function loop([name, receiver, args]: Method, scope: Scope): Walked {
  const of = walk(receiver, scope);
  const [variable, ...bodies] = args;
  const isMap = of.schema?.type === 'object';
  const member = isMap ? { type: 'string', size: 253 } : memberOf(of);
  const inner = variable?.op === 'id' ? { ...scope, [variable.args]: member } : scope;
  const walked = bodies.map((body) => walk(body, inner));
  const cost = of.cost + 1 + of.size * (sum(walked) + 2);
  if (name === 'filter') return { ...of, cost };
  if (name === 'map') return { size: of.size, cost };
  return { type: 'bool', size: 1, cost };
}

function sum(walked: readonly Walked[]): number {
  return walked.reduce((total, { cost }) => total + cost, 0);
}
