import { type ASTNode, serialize } from '@marcbachmann/cel-js';

/** Macros that go over a list or a map, with the number of their arguments. */
const LOOPS: Readonly<Record<string, readonly number[]>> = {
  all: [2],
  exists: [2],
  exists_one: [2],
  filter: [2],
  map: [2, 3],
};

/** Whether a call goes over a list or a map. */
export function isLoop(node: ASTNode): boolean {
  return node.op === 'rcall' && (LOOPS[node.args[0]] ?? []).includes(node.args[2].length);
}

/**
 * Prints a rule with its costs written into it, so that it can be stopped: the body of each loop asks
 * `step` whether it may go on, and what is compared, searched, joined or passed to a function is `charged`
 * by its size (`weighed`: with all that it holds).
 */
export function printCharged(node: ASTNode): string {
  const { op, args } = node;
  switch (op) {
    case 'value':
      return typeof args === 'string' ? quote(args) : serialize(node);
    case 'id':
      return args;
    case '.':
    case '.?':
      return `${printCharged(args[0])}${op}${args[1]}`;
    case '[]':
      return `${printCharged(args[0])}[${printCharged(args[1])}]`;
    case '[?]':
      return `${printCharged(args[0])}[?${printCharged(args[1])}]`;
    case 'list':
      return `[${args.map(printCharged).join(', ')}]`;
    case 'map':
      return `{${args.map(([key, value]) => `${printCharged(key)}: ${printCharged(value)}`).join(', ')}}`;
    case '?:':
      return `(${printCharged(args[0])} ? ${printCharged(args[1])} : ${printCharged(args[2])})`;
    case '||':
    case '&&':
      return `(${printCharged(args[0])} ${op} ${printCharged(args[1])})`;
    case '!_':
      return `!(${printCharged(args)})`;
    case '-_':
      return `-(${printCharged(args)})`;
    case 'call':
      return printCall(args[0], args[1]);
    case 'rcall':
      return printReceiverCall(node, args);
    default:
      return printOperation(op, args[0], args[1]);
  }
}

function printOperation(op: string, left: ASTNode, right: ASTNode): string {
  if (op === 'in') return `(${printCharged(left)} in ${charge('weighed', right)})`;
  const isPlain = isScalar(left) || isScalar(right);
  const isEquality = op === '==' || op === '!=';
  if (isEquality && isPlain) return `(${printCharged(left)} ${op} ${printCharged(right)})`;
  const how = isEquality ? 'weighed' : 'charged';
  return `(${charge(how, left)} ${op} ${charge(how, right)})`;
}

function printCall(name: string, args: readonly ASTNode[]): string {
  const isPlain = name === 'has' || name === 'type' || name === 'dyn';
  const shown = args.map((arg) => (isPlain ? printCharged(arg) : charge('charged', arg)));
  return `${name}(${shown.join(', ')})`;
}

/** Functions of the library that ours replace: patterns that take linear time. */
const RENAMED: Readonly<Record<string, string>> = { matches: 'matchesPattern' };

function printReceiverCall(
  node: ASTNode,
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
): string {
  if (isLoop(node)) return printLoop(name, receiver, args);
  const on = receiver.op === 'id' ? printCharged(receiver) : charge('charged', receiver);
  const shown = args.map((arg) => charge('weighed', arg));
  return `${on}.${RENAMED[name] ?? name}(${shown.join(', ')})`;
}

function printLoop(name: string, receiver: ASTNode, args: readonly ASTNode[]): string {
  const [variable, first, second] = args;
  if (variable === undefined || first === undefined) return '';
  const over = `${printCharged(receiver)}.${name}(${printCharged(variable)}, `;
  const step = `step(${nodesIn(first) + (second ? nodesIn(second) : 0)})`;
  if (name !== 'map') return `${over}${step} ? (${printCharged(first)}) : false)`;
  if (second === undefined) return `${over}${step}, ${printCharged(first)})`;
  return `${over}${step} ? (${printCharged(first)}) : false, ${printCharged(second)})`;
}

function charge(how: 'charged' | 'weighed', node: ASTNode): string {
  return isScalar(node) ? printCharged(node) : `${how}(${printCharged(node)})`;
}

function isScalar({ op, args }: ASTNode): boolean {
  return op === 'value' && !(typeof args === 'string' && args.length > 1_000);
}

/** How many nodes an expression has, at least 1. */
function nodesIn(node: ASTNode): number {
  return 1 + childrenOf(node).reduce((sum, child) => sum + nodesIn(child), 0);
}

function childrenOf({ op, args }: ASTNode): readonly ASTNode[] {
  switch (op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [args[0]];
    case '!_':
    case '-_':
      return [args];
    case 'call':
      return args[1];
    case 'rcall':
      return [args[1], ...args[2]];
    case 'map':
      return args.flat();
    default:
      return args;
  }
}

/** A text as a literal of the language. */
function quote(text: string): string {
  return `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')}"`;
}
