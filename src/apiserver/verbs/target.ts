import { TitanError } from '../../api/error.ts';
import { resourceName } from '../../api/kind.ts';
import type { ObjectKey } from '../../api/object.ts';
import type { Definition, Subresource } from '../../registry/port.ts';
import type { Context, Request } from '../exchange.ts';
import { type Presentation, presentationOf } from '../present.ts';

/** A request for a resource, with what its path names. */
export interface Target {
  readonly request: Request;
  readonly context: Context;
  readonly definition: Definition;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: Subresource | undefined;
}

/** The object that the path names; only for paths with a name. */
export function keyOf({ definition, namespace, name = '' }: Target): ObjectKey {
  return definition.kind.namespaced && namespace !== undefined ? { namespace, name } : { name };
}

/** How the answer is to be shown. A `Scale` is shown as if it were a kind of its own. */
export function presentation(target: Target): Presentation {
  const { request, context, definition, subresource } = target;
  const shown = subresource === 'scale' ? SCALE_VIEW : definition;
  return presentationOf(request, shown, context.clock);
}

const SCALE_VIEW: Definition = {
  kind: {
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    plural: 'scales',
    namespaced: true,
  },
  listKind: 'ScaleList',
  singular: 'scale',
  shortNames: [],
  categories: [],
  verbs: [],
  schema: {},
  columns: [
    { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas' },
    { name: 'Available', type: 'integer', jsonPath: '.status.replicas' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  selectableFields: [],
  status: false,
  builtIn: true,
};

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update' };

/** What a method that is not served would have been, in the words of `notAllowed`. */
export function verbOfMethod(method: string): string {
  return VERBS[method] ?? method.toLowerCase();
}

/** @throws MethodNotAllowed where the kind does not have the verb */
export function requireVerb(definition: Definition, verb: string): void {
  if (definition.verbs.includes(verb)) return;
  throw notAllowed(definition, verb);
}

export function notAllowed(definition: Definition, verb: string): TitanError {
  const resource = resourceName(definition.kind);
  return new TitanError(
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${resource}"`,
    { details: { group: definition.kind.group, kind: definition.kind.plural } },
  );
}
