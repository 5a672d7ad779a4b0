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

/** Subresources of a namespace, which a namespace's own resources may not be called. */
const NAMESPACE_PARTS = new Set(['status', 'finalize']);

/**
 * Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`: a collection, an object, or a subresource, across
 * namespaces or in one. Slashes at the end mean nothing.
 *
 * @throws BadRequest for a segment that is no text, or could be taken for another path
 */
export function parseRoute(path: string): Route {
  const segments = path.split('/').filter((segment) => segment !== '');
  const [root, ...rest] = segments;
  const other: Route = { type: 'other', path: `/${segments.join('/')}` };
  if (root === 'api') return resource('', rest.map(decode), other);
  if (root === 'apis') {
    const [group, ...parts] = rest.map(decode);
    return resource(group ?? '', parts, other);
  }
  return other;
}

function resource(group: string, parts: readonly string[], other: Route): Route {
  const [version, ...rest] = parts;
  if (version === undefined || rest.length === 0) return other;
  const [first, namespace, plural, name, subresource, ...more] = rest;
  const inside =
    first === 'namespaces' &&
    namespace !== undefined &&
    plural !== undefined &&
    !(group === '' && name === undefined && NAMESPACE_PARTS.has(plural));
  if (inside) {
    if (more.length > 0) return other;
    return { type: 'resource', group, version, plural, namespace, ...named(name, subresource) };
  }
  const [clusterPlural, clusterName, clusterPart, ...clusterMore] = rest;
  if (clusterPlural === undefined || clusterMore.length > 0) return other;
  const plain = { type: 'resource' as const, group, version, plural: clusterPlural };
  return { ...plain, ...named(clusterName, clusterPart) };
}

function named(name: string | undefined, subresource: string | undefined) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
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
