import { hasReason } from '../api/error.ts';
import type { Registry } from '../registry/port.ts';
import type { Clock } from '../runtime/port.ts';
import { mediaType } from './body/read.ts';
import type { Unidentified as Request } from './exchange.ts';
import type { Answered, ApiMetrics } from './port.ts';
import { flag } from './query.ts';
import { parseRoute, type Route } from './route.ts';

export interface Measuring {
  readonly metrics: ApiMetrics | undefined;
  readonly clock: Clock;
  readonly registry: Pick<Registry, 'find'>;
  readonly request: Request;
}

/** Starts to measure a request; the returned function takes the code of its answer and counts it. */
export function measured({ metrics, clock, registry, request }: Measuring): (code: number) => void {
  if (metrics === undefined) return () => undefined;
  const started = clock.now();
  const labels = labelsOf(request, registry);
  const ended = labels.verb === 'WATCH' ? metrics.watching(labels) : undefined;
  return (code) => {
    ended?.();
    metrics.answered({ ...labels, code, seconds: (clock.now() - started) / 1000 });
  };
}

/** Only what is served is named: a label must not have as many values as there are paths. */
function labelsOf(
  request: Request,
  registry: Pick<Registry, 'find'>,
): Omit<Answered, 'code' | 'seconds'> {
  const route = routeOf(request.path);
  const known =
    route?.type === 'resource' && registry.find(route.group, route.version, route.plural);
  if (!known) {
    return { verb: knownMethod(request), group: '', version: '', resource: '', subresource: '' };
  }
  const { group, version, plural, subresource: part } = route;
  const subresource = part === 'status' || part === 'scale' ? part : '';
  return { verb: verbOf(request, route), group, version, resource: plural, subresource };
}

function routeOf(path: string): Route | undefined {
  try {
    return parseRoute(path);
  } catch (thrown) {
    if (hasReason(thrown, 'BadRequest')) return undefined;
    throw thrown;
  }
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

function knownMethod({ method }: Request): string {
  return METHODS.has(method) ? method : 'OTHER';
}

function verbOf(request: Request, { name }: Extract<Route, { type: 'resource' }>): string {
  const method = knownMethod(request);
  if (method === 'GET' && name === undefined) return isWatch(request) ? 'WATCH' : 'LIST';
  if (method === 'DELETE' && name === undefined) return 'DELETECOLLECTION';
  const applies = mediaType(request.header('content-type')) === 'application/apply-patch+yaml';
  return method === 'PATCH' && applies ? 'APPLY' : method;
}

function isWatch({ query }: Request): boolean {
  try {
    return flag(query, 'watch');
  } catch {
    return false;
  }
}
