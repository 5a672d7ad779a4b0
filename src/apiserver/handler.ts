import { TitanError } from '../api/error.ts';
import { type Discovery, makeDiscovery } from './discovery/discovery.ts';
import { type Answer, type Context, jsonAnswer, type Request, UNKNOWN_PATH } from './exchange.ts';
import { type HealthSources, healthAnswer } from './health.ts';
import { makeOpenApi, type OpenApi } from './openapi/openapi.ts';
import type { ApiMetrics } from './port.ts';
import { resourceAnswer } from './resource.ts';
import { createBatches } from './verbs/batches.ts';
import { versionInfo } from './version.ts';

/** Answers requests. It throws `TitanError` for what becomes a `Status`. */
export interface Handler {
  answer(request: Request): Answer | Promise<Answer>;
  close(): void;
}

export interface HandlerOptions extends Omit<Context, 'batches'>, Pick<HealthSources, 'lacking'> {
  readonly version: string;
  readonly metrics: ApiMetrics | undefined;
}

export function makeHandler(options: HandlerOptions): Handler {
  const discovery = makeDiscovery(options.registry);
  const openApi = makeOpenApi(options.registry);
  const close = options.registry.onDefinitions(() => {
    discovery.rebuild();
    openApi.rebuild();
  });
  const context: Context = { ...options, batches: createBatches() };
  const others = { ...options, ...context, discovery, openApi };
  return {
    close,
    answer(request) {
      const { route } = request;
      if (route.type === 'resource') {
        return resourceAnswer(context, request, route) ?? UNKNOWN_PATH;
      }
      return otherAnswer(others, request, route.path);
    },
  };
}

interface Others extends HandlerOptions, Context {
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
}

const READS = new Set(['GET', 'HEAD']);

async function otherAnswer(options: Others, request: Request, path: string): Promise<Answer> {
  const answer = await document(options, request, path);
  if (answer === undefined) return UNKNOWN_PATH;
  if (READS.has(request.method)) return answer;
  throw new TitanError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );
}

async function document(
  { registry, lacking, version, metrics, discovery, openApi }: Others,
  request: Request,
  path: string,
): Promise<Answer | undefined> {
  if (path === '/') return jsonAnswer(200, { paths: ROOT_PATHS });
  if (path === '/version') return jsonAnswer(200, versionInfo(version));
  if (path === '/metrics') return metrics && metricsAnswer(metrics);
  return (
    discovery.answer(request, path) ??
    openApi.answer(request, path) ??
    (await healthAnswer({ registry, lacking }, request, path))
  );
}

const ROOT_PATHS = [
  '/api',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
];

async function metricsAnswer(metrics: ApiMetrics): Promise<Answer> {
  const { contentType, body } = await metrics.text();
  return { code: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body };
}
