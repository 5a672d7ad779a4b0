import { TitanError } from '../api/error.ts';

/** What a path names: a resource, or something else that the server knows by its segments. */
export type Route =
  | {
      readonly type: 'resource';
      readonly group: string;
      readonly version: string;
      readonly plural: string;
      readonly namespace?: string;
      readonly name?: string;
      readonly subresource?: string;
    }
  | { readonly type: 'other'; readonly path: string };

type Resource = Extract<Route, { type: 'resource' }>;

/** Subresources of a namespace, which a namespace's own resources may not be called. */
const NAMESPACE_PARTS = new Set(['status', 'finalize']);

/** What is in no path whose segments, none of which is empty, mean themselves. */
const ODD = /[^A-Za-z0-9._:/-]|\/(?:[.:/]|$)/;

/** One segment that means itself. */
const PLAIN = /^[A-Za-z0-9_-][A-Za-z0-9._:-]*$/;
const COLLECTIONS_MAX = 1_000;

/**
 * Reads paths as `parseRoute` does. Where objects lie is remembered, so that of an object's path little but its
 * name is to be read; and what is compared later are the same texts each time.
 */
export function createRouter(): (path: string) => Route {
  const collections = new Map<string, Resource>();

  return (path) => {
    const end = path.lastIndexOf('/');
    const above = path.slice(0, end);
    const name = path.slice(end + 1);
    const isPlain = PLAIN.test(name);
    const collection = isPlain ? collections.get(above) : undefined;
    if (collection !== undefined) return { ...collection, name };
    const route = parseRoute(path);
    const isObject = route.type === 'resource' && route.name === name && !route.subresource;
    if (isPlain && isObject) {
      const { name: _, ...found } = route;
      if (collections.size >= COLLECTIONS_MAX) collections.clear();
      collections.set(above, found);
    }
    return route;
  };
}

/**
 * Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`: a collection, an object, or a subresource, across
 * namespaces or in one. Slashes at the end mean nothing.
 *
 * @throws BadRequest for a segment that is no text, or could be taken for another path
 */
export function parseRoute(path: string): Route {
  // Nearly every path says what it means, and need not be looked at segment by segment.
  const isPlain = !ODD.test(path);
  const all = (isPlain ? path.slice(1) : path).split('/');
  const given = isPlain ? all : all.filter((segment) => segment !== '');
  const [root] = given;
  if (root !== 'api' && root !== 'apis') return other(given);
  const segments = isPlain ? given : [root, ...given.slice(1).map(decode)];
  return resource(segments) ?? other(given);
}

function other(segments: readonly string[]): Route {
  return { type: 'other', path: `/${segments.join('/')}` };
}

/** @returns `undefined` where there is too little or too much for a resource */
function resource(segments: readonly string[]): Resource | undefined {
  const from = segments[0] === 'api' ? 1 : 2;
  const group = from === 1 ? '' : (segments[1] ?? '');
  const version = segments[from];
  const first = segments[from + 1];
  const namespace = segments[from + 2];
  const plural = segments[from + 3];
  const name = segments[from + 4];
  if (version === undefined || first === undefined) return undefined;
  const isInside =
    first === 'namespaces' &&
    namespace !== undefined &&
    plural !== undefined &&
    !(group === '' && name === undefined && NAMESPACE_PARTS.has(plural));
  if (isInside) {
    const base = { type: 'resource' as const, group, version, plural, namespace };
    return segments.length > from + 6 ? undefined : named(base, name, segments[from + 5]);
  }
  const base = { type: 'resource' as const, group, version, plural: first };
  return segments.length > from + 4 ? undefined : named(base, namespace, plural);
}

function named(
  base: Resource,
  name: string | undefined,
  subresource: string | undefined,
): Resource {
  if (name === undefined) return base;
  return subresource === undefined ? { ...base, name } : { ...base, name, subresource };
}

function decode(segment: string): string {
  const text = decodeText(segment);
  if (text === '.' || text === '..') throw refused(text, `may not be '${text}'`);
  if (text.includes('/')) throw refused(text, "may not contain '/'");
  if (text.includes('%')) throw refused(text, "may not contain '%'");
  if (/\p{Cc}/u.test(text)) throw refused(text, 'may not contain control characters');
  return text;
}

function decodeText(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (thrown) {
    throw new TitanError('BadRequest', `invalid URL escape in ${JSON.stringify(segment)}`, {
      cause: thrown,
    });
  }
}

function refused(name: string, why: string): TitanError {
  return new TitanError('BadRequest', `invalid resource name ${JSON.stringify(name)}: [${why}]`);
}
