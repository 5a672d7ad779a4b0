import { load } from 'js-yaml';
import { TitanError } from '../../api/error.ts';
import type { Body } from '../../registry/port.ts';
import { parseJson } from './json.ts';

const ALIASES_MAX = 100;
const NODES_MAX = 200_000;
/** The parser quotes the line that it stopped at, however long that is. */
const WHY_MAX = 500;

/**
 * Reads a YAML document, of which JSON is one form. A key that occurs twice is an error that names its
 * line; aliases may be used, but not to blow a small text up.
 *
 * @throws BadRequest
 */
export function parseYaml(text: string): Body {
  if (text.trimStart().startsWith('{')) {
    try {
      return parseJson(text);
    } catch {
      return yaml(text);
    }
  }
  return yaml(text);
}

function yaml(text: string): Body {
  const value = parse(text);
  const problem = findProblem(value);
  if (problem !== undefined) throw new TitanError('BadRequest', problem);
  return { value, duplicates: [] };
}

function parse(text: string): unknown {
  try {
    return load(text, { maxAliases: ALIASES_MAX });
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const short = why.slice(0, WHY_MAX);
    throw new TitanError('BadRequest', `the body is not valid YAML: ${short}`, { cause: thrown });
  }
}

/** What JSON could not say as well: endless or huge values, and numbers that are not exact. */
function findProblem(root: unknown): string | undefined {
  const waiting: unknown[] = [root];
  for (let seen = 0; waiting.length > 0; seen += 1) {
    if (seen + waiting.length > NODES_MAX) return `the body holds more than ${NODES_MAX} values`;
    const value = waiting.pop();
    if (typeof value === 'number' && !isExact(value)) {
      return `the number ${value} is beyond what can be kept exactly (2^53 - 1)`;
    }
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) return 'the key "__proto__" is not allowed';
    for (const inner of Object.values(value)) waiting.push(inner);
  }
  return undefined;
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
