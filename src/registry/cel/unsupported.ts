import type { ASTNode } from '@marcbachmann/cel-js';

const OPTIONAL = 'test an optional with hasValue() and read it with value() or orValue()';
const TWO = 'comprehensions of two variables are not supported';

/** What Kubernetes' rules may call and rules here may not, with what there is instead. */
const CALLS: Readonly<Record<string, string>> = {
  optMap: `optMap is not supported: ${OPTIONAL}`,
  optFlatMap: `optFlatMap is not supported: ${OPTIONAL}`,
  transformList: TWO,
  transformMap: TWO,
  transformMapEntry: TWO,
};
/** These take a variable and a condition; with three arguments they take two variables. */
const MACROS = new Set(['all', 'exists', 'exists_one', 'existsOne']);

/** @returns why an expression cannot be used, in words; `undefined` where it may be */
export function unsupportedIn(node: ASTNode): string | undefined {
  const { op, args } = node;
  if (op === 'value' || op === 'id') return undefined;
  if (op === 'rcall' || op === 'call') {
    const [name] = args;
    const given = args.at(-1);
    const why = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
    if (why !== undefined) return why;
    if (op === 'rcall' && MACROS.has(name) && Array.isArray(given) && given.length === 3)
      return TWO;
  }
  return firstOf(args);
}

function firstOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    for (const one of value) {
      const why = firstOf(one);
      if (why !== undefined) return why;
    }
    return undefined;
  }
  const isNode = typeof value === 'object' && value !== null && 'op' in value;
  return isNode ? unsupportedIn(value as ASTNode) : undefined;
}
