import type { ListQuery } from '../../registry/port.ts';
import { invalidOptions } from '../errors.ts';
import type { Answer } from '../exchange.ts';
import { type Presentation, presentList, presentObject } from '../present.ts';
import { text, texts, whole } from '../query.ts';
import { keyOf, presentation, requireVerb, type Target } from './target.ts';

/** GET of an object or one of its subresources. */
export function getObject(target: Target): Answer | Promise<Answer> {
  const { request, context, definition, subresource } = target;
  requireVerb(definition, 'get');
  const shown = presentation(target);
  if (subresource === 'scale') return scaleAnswer(target, shown);
  const resourceVersion = text(request.query, 'resourceVersion') ?? '';
  const options = { resourceVersion, warn: (told: string) => request.warn(told) };
  const stored = context.registry.get(definition, keyOf(target), options);
  return stored instanceof Promise
    ? stored.then((found) => presentObject(shown, 200, found))
    : presentObject(shown, 200, stored);
}

async function scaleAnswer(target: Target, shown: Presentation): Promise<Answer> {
  const { request, context, definition } = target;
  const warn = (told: string) => request.warn(told);
  const object = await context.registry.getScale(definition, keyOf(target), { warn });
  return presentObject(shown, 200, { object });
}

/** GET of a collection. */
export async function listObjects(target: Target): Promise<Answer> {
  const { request, context, definition } = target;
  requireVerb(definition, 'list');
  const shown = presentation(target);
  if (text(request.query, 'sendInitialEvents') !== undefined) {
    throw invalidOptions('ListOptions', {
      reason: 'FieldValueForbidden',
      message: 'Forbidden: sendInitialEvents is forbidden for list',
      field: 'sendInitialEvents',
    });
  }
  return presentList(shown, await context.registry.list(definition, listQuery(target)));
}

/** What of a collection is asked for. @throws BadRequest */
export function listQuery({ request, namespace }: Target): ListQuery {
  const { query } = request;
  const limit = whole(query, 'limit');
  return {
    warn: (text) => request.warn(text),
    ...(namespace === undefined ? {} : { namespace }),
    ...texts(query, [
      'labelSelector',
      'fieldSelector',
      'continue',
      'resourceVersion',
      'resourceVersionMatch',
    ]),
    ...(limit === undefined || limit <= 0 ? {} : { limit }),
  };
}
