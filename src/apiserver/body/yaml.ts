import { TitanError } from '../../api/error.ts';
import type { Body } from '../../registry/port.ts';
import { parseJson } from './json.ts';
import { duplicatePaths, type Loose, loadLoosely } from './yaml-duplicates.ts';

const ALIASES_MAX = 100;
const NODES_MAX = 200_000;
/** The parser quotes the line that it stopped at, however long that is. */
const WHY_MAX = 500;

/**
 * Reads a YAML document, of which JSON is one form. Aliases may be used, but not to blow a small text up.
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
  const read = parse(text);
  const problem = findProblem(read.value);
  if (problem !== undefined) throw new TitanError('BadRequest', problem);
  return { value: read.value, duplicates: duplicatePaths(read) };
}

function parse(text: string): Loose {
  try {
    return loadLoosely(text, { maxAliases: ALIASES_MAX });
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const short = why.slice(0, WHY_MAX);
    throw new TitanError('BadRequest', `the body is not valid YAML: ${short}`, { cause: thrown });
  }
}

/** A value and where it lies: the path is put together only when it is told. */
interface Place {
  readonly value: unknown;
  readonly key: string;
  readonly parent: Place | undefined;
}

/** What JSON could not say as well: endless or huge values, and numbers that are none. */
function findProblem(root: unknown): string | undefined {
  const waiting: Place[] = [{ value: root, key: '', parent: undefined }];
  for (let seen = 0; waiting.length > 0; seen += 1) {
    if (seen + waiting.length > NODES_MAX) return `the body holds more than ${NODES_MAX} values`;
    const place = waiting.pop() as Place;
    const problem = problemOf(place);
    if (problem !== undefined) return problem;
    for (const inner of innerOf(place)) waiting.push(inner);
  }
  return undefined;
}

function problemOf(place: Place): string | undefined {
  const { value } = place;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const path = pathOf(place);
    return `the number ${value}${path && ` at ${path}`} is none that JSON has`;
  }
  const isHostile =
    typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__');
  return isHostile ? 'the key "__proto__" is not allowed' : undefined;
}

function innerOf(place: Place): readonly Place[] {
  const { value } = place;
  if (typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).map(([key, inner]) => ({
    value: inner,
    key: isList ? `[${key}]` : `.${key}`,
    parent: place,
  }));
}

function pathOf({ key, parent }: Place): string {
  return parent === undefined ? key : `${pathOf(parent)}${key}`.replace(/^\./, '');
}
