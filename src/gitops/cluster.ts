import { isDeepStrictEqual } from 'node:util';
import {
  ApiException,
  createConfiguration,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
  ServerConfiguration,
} from '@kubernetes/client-node';
import { asTitanError, type Cause, type Reason, TitanError } from '../api/error.ts';
import type { DesiredObject } from './document.ts';

export interface ApplyOptions {
  readonly manager: string;
  /** Take fields over that others have set. */
  readonly force: boolean;
  readonly dryRun?: boolean;
}

/** What came of an apply: `unchanged` when the object was so already. */
export type Applied = 'created' | 'configured' | 'unchanged';

/** A Kubernetes API that manifests are applied to. All methods throw `TitanError`. */
export interface Cluster {
  readonly server: string;
  readonly namespace: string;
  /** Server-side apply with strict field validation: an unknown field is an error, not a loss. */
  apply(object: DesiredObject, options: ApplyOptions): Promise<Applied>;
  /** The object as it would be: all checks and defaults of the API, and nothing stored. */
  preview(object: DesiredObject): Promise<DesiredObject>;
  list(apiVersion: string, kind: string, labelSelector: string): Promise<readonly DesiredObject[]>;
  remove(object: DesiredObject): Promise<void>;
  /** @throws TitanError `NotFound` */
  get(object: DesiredObject): Promise<DesiredObject>;
  /** Changes what is given of an object that exists, and nothing else; `null` takes a field away. */
  merge(
    object: DesiredObject & { readonly spec?: object },
    manager: string,
  ): Promise<DesiredObject>;
}

export interface ConnectOptions {
  readonly kubeconfig: string;
  readonly context?: string;
}

/** Opens the cluster that a kubeconfig file names. */
export function connect({ kubeconfig, context }: ConnectOptions): Cluster {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  if (context !== undefined) selectContext(config, context);
  const current = config.getCurrentCluster();
  if (current === null) {
    throw new TitanError('BadRequest', `${kubeconfig} names no cluster for its current context`);
  }
  const namespace = config.getContextObject(config.currentContext)?.namespace ?? 'default';
  const api = openApi(config, current.server);
  return { server: current.server, namespace, ...operations(api) };
}

function selectContext(config: KubeConfig, context: string): void {
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    throw new TitanError(
      'NotFound',
      `the kubeconfig has no context "${context}": choose one of ${names.join(', ')}`,
    );
  }
  config.setCurrentContext(context);
}

function openApi(config: KubeConfig, server: string): KubernetesObjectApi {
  return new KubernetesObjectApi(
    createConfiguration({
      baseServer: new ServerConfiguration(server, {}),
      authMethods: { default: config },
      promiseMiddleware: [
        {
          pre: async (request) => {
            if (request.getHttpMethod() === 'PATCH') {
              request.setQueryParam('fieldValidation', 'Strict');
            }
            return request;
          },
          post: async (response) => response,
        },
      ],
    }),
  );
}

function operations(api: KubernetesObjectApi): Omit<Cluster, 'server' | 'namespace'> {
  return {
    async apply(object, options) {
      const before = await translated(() => current(api, object));
      const applied = await serverSideApply(api, object, options);
      if (before === undefined) return 'created';
      return isDeepStrictEqual(declaredOf(before), declaredOf(applied))
        ? 'unchanged'
        : 'configured';
    },
    async preview(object) {
      const options = { manager: 'titan', force: true, dryRun: true };
      return (await serverSideApply(api, object, options)) as DesiredObject;
    },
    async list(apiVersion, kind, labelSelector) {
      const { items } = await translated(() =>
        api.list(
          apiVersion,
          kind,
          undefined,
          undefined,
          undefined,
          undefined,
          undefined,
          labelSelector,
        ),
      );
      return items.map((item) => ({ ...item, apiVersion, kind }) as DesiredObject);
    },
    async remove(object) {
      await translated(() => api.delete(object as KubernetesObject));
    },
    async get({ apiVersion, kind, metadata: { name, namespace } }) {
      const header = { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } };
      return (await translated(() => api.read<KubernetesObject>(header))) as DesiredObject;
    },
    async merge(object, manager) {
      return (await translated(() =>
        api.patch<KubernetesObject>(
          object as KubernetesObject,
          undefined,
          undefined,
          manager,
          undefined,
          PatchStrategy.MergePatch,
        ),
      )) as DesiredObject;
    },
  };
}

function serverSideApply(
  api: KubernetesObjectApi,
  object: DesiredObject,
  { manager, force, dryRun }: ApplyOptions,
): Promise<KubernetesObject> {
  return translated(() =>
    api.patch<KubernetesObject>(
      object as KubernetesObject,
      undefined,
      dryRun ? 'All' : undefined,
      manager,
      force,
      PatchStrategy.ServerSideApply,
    ),
  );
}

async function current(
  api: KubernetesObjectApi,
  { apiVersion, kind, metadata }: DesiredObject,
): Promise<KubernetesObject | undefined> {
  const { name, namespace } = metadata;
  const header = { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } };
  try {
    return await api.read<KubernetesObject>(header);
  } catch (thrown) {
    if (thrown instanceof ApiException && thrown.code === 404) return undefined;
    throw thrown;
  }
}

/** What people say of an object: all but its status and what the server keeps of it. */
function declaredOf(object: KubernetesObject): unknown {
  const {
    metadata,
    status: _,
    ...rest
  } = object as KubernetesObject & { readonly status?: unknown };
  const { labels, annotations } = metadata ?? {};
  return { ...rest, labels, annotations };
}

async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw translate(thrown);
  }
}

/** The `Status` that the API server answered, as the error that it is. */
function translate(thrown: unknown): TitanError {
  if (thrown instanceof ApiException) {
    const status = parseStatus(thrown.body);
    if (status !== undefined) {
      return new TitanError(status.reason, status.message, {
        cause: thrown,
        details: { causes: status.causes },
      });
    }
    return new TitanError('InternalError', `the API answered ${thrown.code}`, { cause: thrown });
  }
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  if (cause instanceof Error && 'code' in cause) {
    return new TitanError('ServiceUnavailable', `the API does not answer: ${cause.message}`, {
      cause: thrown,
    });
  }
  return asTitanError(thrown);
}

interface AnsweredStatus {
  readonly reason: Reason;
  readonly message: string;
  readonly causes: readonly Cause[];
}

function parseStatus(body: unknown): AnsweredStatus | undefined {
  try {
    const status = typeof body === 'string' ? JSON.parse(body) : body;
    if (status?.kind !== 'Status' || typeof status.message !== 'string') return undefined;
    return {
      reason: status.reason ?? 'InternalError',
      message: status.message,
      causes: status.details?.causes ?? [],
    };
  } catch {
    return undefined;
  }
}
