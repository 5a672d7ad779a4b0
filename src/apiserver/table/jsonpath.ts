/** Finds every value that a path names inside an object, in order. */
export type Finder = (root: unknown) => readonly unknown[];

type Step = (value: unknown) => readonly unknown[];

const FIELD = /^\.?((?:[^.[\]\\]|\\.)+)/;
const QUOTED = /^\[(['"])((?:(?!\1).)*)\1\]/;
const INDEX = /^\[(-?\d+|\*)\]/;
const FILTER = /^\[\?\(\s*@\.([\w.-]+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\s*\)\]/;

/**
 * Compiles the part of JSONPath that printer columns use: `.spec.name`, `.labels['a/b']`, `\.` for a
 * dot in a name, `[0]`, `[*]` and `[?(@.type=="Ready")]`. A path of another form finds nothing.
 */
export function compilePath(path: string): Finder {
  const steps: Step[] = [];
  let rest = path
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .replace(/^\$/, '');
  while (rest !== '' && rest !== '.') {
    const taken = takeStep(rest);
    if (taken === undefined) return () => [];
    steps.push(taken.step);
    rest = rest.slice(taken.length);
  }
  return (root) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [root]);
}

function takeStep(text: string): { readonly step: Step; readonly length: number } | undefined {
  const quoted = QUOTED.exec(text);
  if (quoted !== null) return { step: field(quoted[2] ?? ''), length: quoted[0].length };
  const index = INDEX.exec(text);
  if (index !== null) return { step: item(index[1] ?? ''), length: index[0].length };
  const filter = FILTER.exec(text);
  if (filter !== null) {
    const [whole, name = '', operator = '', double, single, bare] = filter;
    const wanted = double ?? single ?? bare ?? '';
    return { step: matching(name, operator === '==', wanted), length: whole.length };
  }
  const named = FIELD.exec(text);
  if (named === null) return undefined;
  return {
    step: field((named[1] ?? '').replaceAll(/\\(.)/g, '$1')),
    length: named[0].length,
  };
}

function field(name: string): Step {
  return (value) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
    const found = (value as Readonly<Record<string, unknown>>)[name];
    return found === undefined ? [] : [found];
  };
}

function item(index: string): Step {
  if (index === '*') return (value) => members(value);
  const at = Number(index);
  return (value) => (Array.isArray(value) && value.at(at) !== undefined ? [value.at(at)] : []);
}

function matching(name: string, equal: boolean, wanted: string): Step {
  const find = compilePath(`.${name}`);
  return (value) =>
    members(value).filter((member) => {
      const found = find(member);
      return found.length > 0 && (String(found[0]) === wanted) === equal;
    });
}

function members(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
