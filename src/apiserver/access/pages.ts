import type { Registry } from '../../registry/port.ts';
import type { Request } from '../exchange.ts';

/** To go through so many objects costs about as much as a small request: the page that clients ask for. */
const PAGE_OBJECTS = 500;

/**
 * How many pages of a collection a request goes through, however few of its objects are shown: what a selector leaves
 * out was looked at too.
 */
export function pagesOf(
  { route, query }: Request,
  registry: Pick<Registry, 'find' | 'count'>,
): number {
  if (route.type === 'other') return 1;
  const definition = registry.find(route.group, route.version, route.plural);
  if (definition === undefined) return 1;
  const objects = registry.count(definition, route.namespace);
  const limit = Number(query.get('limit') ?? 0);
  const isCut = limit > 0 && !query.has('labelSelector') && !query.has('fieldSelector');
  return Math.max(1, Math.ceil((isCut ? Math.min(limit, objects) : objects) / PAGE_OBJECTS));
}
