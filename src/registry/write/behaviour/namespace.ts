import type { Namespace } from '../../../api/builtin.ts';
import type { ApiObject } from '../../../api/object.ts';
import { invalidValue } from '../../causes.ts';
import type { Definition } from '../../port.ts';
import type { Behaviour } from './behaviour.ts';

/** The finalizer that stands for what a namespace holds. */
export const CONTENT = 'kubernetes';

const NAME_RULE = 'name is neither a standard finalizer name nor is it fully qualified';

export const namespaceBehaviour: Behaviour = {
  check: ({ spec }) =>
    finalizersIn(spec).flatMap((name, index) => {
      const isGood = name === CONTENT || /^[^/]+\/[^/]+$/.test(name);
      return isGood ? [] : [invalidValue(`spec.finalizers[${index}]`, name, NAME_RULE)];
    }),
};

/** Namespaces are held by finalizers in their spec too, which only their subresource `finalize` changes. */
export function isNamespaces({ kind, builtIn }: Pick<Definition, 'kind' | 'builtIn'>): boolean {
  return builtIn && kind.plural === 'namespaces';
}

/** What a namespace's spec says must be done before it may go; nothing for other kinds. */
export function specFinalizers(
  definition: Definition,
  { spec }: Pick<ApiObject, 'spec'>,
): readonly string[] {
  return isNamespaces(definition) ? finalizersIn(spec) : [];
}

function finalizersIn(spec: unknown): readonly string[] {
  return (spec as Namespace['spec'])?.finalizers ?? [];
}

/** A namespace as it begins: active, and held by what it will hold. */
export function newNamespace(definition: Definition, given: Pick<ApiObject, 'spec'>) {
  const finalizers = [...new Set([...specFinalizers(definition, given), CONTENT])];
  return { spec: { finalizers }, status: { phase: 'Active' } };
}
