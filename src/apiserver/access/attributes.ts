import type { Attributes, ResourceAttributes } from '../../auth/port.ts';
import type { Request } from '../exchange.ts';
import { flag, text } from '../query.ts';
import type { Route } from '../route.ts';

type ResourceRoute = Extract<Route, { type: 'resource' }>;

/** What a request wants to do, in the words of roles. @throws BadRequest */
export function attributesOf(request: Request): Attributes {
  const { route } = request;
  if (route.type === 'other') {
    return {
      verb: request.method === 'HEAD' ? 'get' : request.method.toLowerCase(),
      path: route.path,
    };
  }
  const { group, plural, subresource = '' } = route;
  return {
    verb: verbOf(request, route),
    group,
    resource: plural,
    subresource,
    namespace: namespaceOf(route),
    name: nameOf(request, route),
  };
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  HEAD: 'get',
};

function verbOf({ method, query }: Request, { name }: ResourceRoute): string {
  if (method === 'GET' && name === undefined) return flag(query, 'watch') ? 'watch' : 'list';
  if (method === 'GET') return 'get';
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete';
  return VERBS[method] ?? method.toLowerCase();
}

/** A namespace lies in itself: who may do something in it may do it to it. */
function namespaceOf({ group, plural, namespace, name }: ResourceRoute): string {
  if (group === '' && plural === 'namespaces') return name ?? '';
  return namespace ?? '';
}

/** Who lists or watches one object by its name asks for that object only. */
function nameOf({ method, query }: Request, { name }: ResourceRoute): string {
  if (name !== undefined || method === 'POST') return name ?? '';
  const selector = text(query, 'fieldSelector') ?? '';
  const [, selected = ''] = /(?:^|,)metadata\.name==?([A-Za-z0-9.:-]+)(?:,|$)/.exec(selector) ?? [];
  return selector.includes('\\') ? '' : selected;
}

/** How a resource is called in messages: `jobs/status`. */
export function wholeResource({ resource, subresource }: ResourceAttributes): string {
  return subresource === '' ? resource : `${resource}/${subresource}`;
}
