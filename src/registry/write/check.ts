import type { Cause } from '../../api/error.ts';
import type { ApiObject } from '../../api/object.ts';
import type { Unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { invalid } from '../errors.ts';
import { metadataCauses } from '../metadata.ts';
import type { WriteOptions } from '../port.ts';
import { behaviourOf } from './behaviour/behaviour.ts';
import type { Context } from './context.ts';

/**
 * Everything that may be wrong with an object, told at once: metadata, schema and, where those hold, the
 * kind's own rules.
 *
 * @throws TitanError Invalid
 */
export function checkObject(
  context: Context,
  served: Served,
  next: Unversioned,
  {
    old,
    more = [],
    rules = true,
  }: { readonly old?: ApiObject; readonly more?: readonly Cause[]; readonly rules?: boolean } = {},
): void {
  const causes = [
    ...more,
    ...metadataCauses(next.metadata, {
      nameProblem: behaviourOf(served.definition).nameProblem,
      old: old?.metadata,
    }),
    ...served.validate(next, old),
  ];
  if (causes.length === 0 && rules) causes.push(...ruleCauses(context, served, next, old));
  if (causes.length > 0) throw invalid(served.definition.kind, next.metadata.name, causes);
}

/** Lets the writer's own check see what is about to be stored. @throws whatever it throws */
export function permit(options: WriteOptions, next: Unversioned): void {
  options.permit?.({ ...next, metadata: { ...next.metadata, resourceVersion: '' } });
}

function ruleCauses(
  context: Context,
  served: Served,
  next: Unversioned,
  old: ApiObject | undefined,
): readonly Cause[] {
  const rule = context.rule(served);
  const { check } = behaviourOf(served.definition);
  if (rule === undefined && check === undefined) return [];
  const object = { ...next, metadata: { ...next.metadata, resourceVersion: '' } };
  return check?.(object, old) ?? rule?.(object, old, context.view) ?? [];
}
