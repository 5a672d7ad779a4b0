import { hasReason } from '../api/error.ts';
import type { Registry } from '../registry/port.ts';
import type { Clock } from '../runtime/port.ts';
import { mediaType } from './body/read.ts';
import type { Unidentified as Request } from './exchange.ts';
import type { ApiMetrics, Asked } from './port.ts';
import { flag } from './query.ts';
import type { Route } from './route.ts';

export interface Measuring {
  readonly metrics: ApiMetrics | undefined;
  readonly clock: Clock;
  readonly registry: Pick<Registry, 'find'>;
}

/** Takes the code of an answer, and counts it. */
export type Count = (code: number) => void;

/** Starts to measure a request. */
export function measured({ metrics, clock, registry }: Measuring, request: Request): Count {
  if (metrics === undefined) return () => undefined;
  const started = clock.now();
  const labels = labelsOf(request, registry);
  const ended = labels.verb === 'WATCH' ? metrics.watching(labels) : undefined;
  return (code) => {
    ended?.();
    metrics.answered(labels, code, (clock.now() - started) / 1000);
  };
}

/** Only what is served is named: a label must not have as many values as there are paths. */
function labelsOf(request: Request, registry: Pick<Registry, 'find'>): Asked {
  const route = routeOf(request);
  const known =
    route?.type === 'resource' && registry.find(route.group, route.version, route.plural);
  if (!known) {
    return { verb: knownMethod(request), group: '', version: '', resource: '', subresource: '' };
  }
  const { group, version, plural, subresource: part } = route;
  const subresource = part === 'status' || part === 'scale' ? part : '';
  return { verb: verbOf(request, route), group, version, resource: plural, subresource };
}

function routeOf(request: Request): Route | undefined {
  try {
    return request.route;
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
  if (method === 'GET' && name === undefined)
    return flag(request.query, 'watch') ? 'WATCH' : 'LIST';
  if (method === 'DELETE' && name === undefined) return 'DELETECOLLECTION';
  if (method !== 'PATCH') return method;
  const applies = mediaType(request.header('content-type')) === 'application/apply-patch+yaml';
  return applies ? 'APPLY' : method;
}
