import { REVIEW_GROUPS } from '../registry/builtin/reviews.ts';
import type { Definition, Subresource } from '../registry/port.ts';
import { reviewAnswer } from './access/reviews.ts';
import { tokenAnswer } from './access/token-request.ts';
import type { Answer, Context, Request } from './exchange.ts';
import { flag } from './query.ts';
import type { Route } from './route.ts';
import { getObject, listObjects } from './verbs/read.ts';
import { removeObject, removeObjects } from './verbs/remove.ts';
import { notAllowed, type Target, verbOfMethod } from './verbs/target.ts';
import { watchObjects } from './verbs/watch.ts';
import { createObject, patchObject, replaceObject } from './verbs/write.ts';

type ResourceRoute = Extract<Route, { type: 'resource' }>;
type Verb = (target: Target) => Answer | Promise<Answer>;

/**
 * Answers a request for a collection, an object or a subresource; `undefined` for what is none.
 *
 * @throws MethodNotAllowed
 */
export function resourceAnswer(
  context: Context,
  request: Request,
  route: ResourceRoute,
): Answer | Promise<Answer> | undefined {
  const definition = context.registry.find(route.group, route.version, route.plural);
  if (definition === undefined || !fits(definition, route)) return undefined;
  const asked = askedAnswer(context, request, route, definition);
  if (asked !== undefined) return asked;
  const subresource = subresourceOf(definition, route);
  if (subresource === 'none') return undefined;
  const { namespace, name } = route;
  const target: Target = { request, context, definition, namespace, name, subresource };
  const verb = verbOf(target);
  if (verb === undefined) throw notAllowed(definition, verbOfMethod(request.method));
  if (definition.deprecation !== undefined) request.warn(definition.deprecation);
  return verb(target);
}

/** What is asked by creating something that is not kept: reviews, and tokens. */
function askedAnswer(
  { access, registry }: Context,
  request: Request,
  { namespace, name, subresource }: ResourceRoute,
  definition: Definition,
): Promise<Answer> | undefined {
  const { group, plural } = definition.kind;
  const isQuestion = REVIEW_GROUPS.has(group);
  const isToken = group === '' && plural === 'serviceaccounts' && subresource === 'token';
  if (!isQuestion && !isToken) return undefined;
  if (request.method !== 'POST') throw notAllowed(definition, verbOfMethod(request.method));
  if (isQuestion && name !== undefined) throw notAllowed(definition, 'create');
  if (isQuestion) return reviewAnswer(request, access, definition, namespace);
  if (namespace === undefined || name === undefined) return undefined;
  return tokenAnswer({ request, registry, tokens: access.tokens, namespace, name });
}

/** A namespaced object is only found in its namespace, and a cluster's never in one. */
function fits({ kind }: Definition, { namespace, name }: ResourceRoute): boolean {
  if (!kind.namespaced) return namespace === undefined;
  return namespace !== undefined || name === undefined;
}

function subresourceOf(
  { status, scale, parts = [] }: Definition,
  { subresource }: ResourceRoute,
): Subresource | undefined | 'none' {
  if (subresource === undefined) return undefined;
  if (subresource === 'status' && status) return subresource;
  if (subresource === 'scale' && scale !== undefined) return subresource;
  if (subresource === 'finalize' && parts.some(({ name }) => name === subresource)) {
    return subresource;
  }
  return 'none';
}

function verbOf({ request, name, subresource }: Target): Verb | undefined {
  if (name === undefined) return onCollection(request);
  if (subresource !== undefined && request.method === 'DELETE') return undefined;
  if (subresource === 'finalize') return request.method === 'PUT' ? replaceObject : undefined;
  switch (request.method) {
    case 'GET':
      return getObject;
    case 'PUT':
      return replaceObject;
    case 'PATCH':
      return patchObject;
    case 'DELETE':
      return removeObject;
    default:
      return undefined;
  }
}

function onCollection({ method, query }: Request): Verb | undefined {
  switch (method) {
    case 'GET':
      return flag(query, 'watch') ? watchObjects : listObjects;
    case 'POST':
      return createObject;
    case 'DELETE':
      return removeObjects;
    default:
      return undefined;
  }
}
