import type { Check } from '../../src/api/analysis.ts';
import type { Page } from '../../src/runtime/page.ts';

export interface Judgement {
  readonly is: 'good' | 'bad' | 'unclear';
  /** Why, where it is not good. */
  readonly message?: string;
}

const GOOD: Judgement = { is: 'good' };
/** Letters of a value that a message repeats. */
const SHOWN_MAX = 80;

/** What an answer means for its check. */
export function judge({ http, metric }: Check, page: Page): Judgement {
  if (metric !== undefined) return judgeMetric(metric, page);
  return http === undefined ? unclear('it asks for nothing') : judgeHttp(http, page);
}

export function unclear(message: string): Judgement {
  return { is: 'unclear', message };
}

function bad(message: string): Judgement {
  return { is: 'bad', message };
}

function judgeHttp(
  { status = 200, jsonPath, equals }: NonNullable<Check['http']>,
  page: Page,
): Judgement {
  if (page.status !== status) return bad(`status ${page.status}, not ${status}`);
  if (jsonPath === undefined || equals === undefined) return GOOD;
  const value = valueAt(parsed(page.body), jsonPath);
  if (value === undefined) return unclear(`the answer has no ${jsonPath}`);
  const text = textOf(value);
  return text === equals ? GOOD : bad(`${jsonPath} is ${text.slice(0, SHOWN_MAX)}, not ${equals}`);
}

/** The answer of an instant query (Prometheus' HTTP API): a scalar, or a vector, of which every number counts. */
function judgeMetric(
  {
    above = Number.NEGATIVE_INFINITY,
    below = Number.POSITIVE_INFINITY,
  }: NonNullable<Check['metric']>,
  page: Page,
): Judgement {
  if (page.status !== 200) return unclear(`the query answered with status ${page.status}`);
  const values = numbersOf(parsed(page.body));
  if (values.length === 0) return unclear('the query has no number');
  const low = values.find((value) => value <= above);
  if (low !== undefined) return bad(`${low} is not above ${above}`);
  const high = values.find((value) => value >= below);
  return high === undefined ? GOOD : bad(`${high} is not below ${below}`);
}

function numbersOf(answer: unknown): readonly number[] {
  const result = valueAt(answer, 'data.result');
  if (!Array.isArray(result)) return [];
  const isScalar = valueAt(answer, 'data.resultType') === 'scalar';
  const values = isScalar ? [result[1]] : result.map((each: unknown) => valueAt(each, 'value[1]'));
  const numbers = values.map((value) => (typeof value === 'string' ? Number(value) : Number.NaN));
  return numbers.some(Number.isNaN) ? [] : numbers;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** `state.items[0].name`, by own fields alone. */
function valueAt(value: unknown, path: string): unknown {
  return path.split(/[.[\]]+/).reduce<unknown>((at, name) => {
    if (name === '') return at;
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    return (at as Readonly<Record<string, unknown>>)[name];
  }, value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
