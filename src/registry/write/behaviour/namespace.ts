import type { Namespace } from '../../../api/builtin.ts';
import { isLabelName, LABEL_RULE } from '../../../api/name.ts';
import type { ApiObject, DraftMeta } from '../../../api/object.ts';
import { invalidValue } from '../../causes.ts';
import type { Definition } from '../../port.ts';
import type { Behaviour } from './behaviour.ts';

/** The finalizer that stands for what a namespace holds. */
export const CONTENT = 'kubernetes';

const NAME_RULE = 'name is neither a standard finalizer name nor is it fully qualified';

/** The label by which selectors choose namespaces by their names; each has it. */
const OWN_NAME = 'kubernetes.io/metadata.name';

export const namespaceBehaviour: Behaviour = {
  nameProblem(name) {
    if (name.length > 63) return 'must be no more than 63 characters';
    return isLabelName(name) ? undefined : LABEL_RULE;
  },
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

/** The metadata with what a kind always has: a namespace its name as a label. */
export function withOwnLabel<Meta extends Pick<DraftMeta, 'labels'>>(
  definition: Definition,
  name: string,
  meta: Meta,
): Meta {
  if (!isNamespaces(definition) || meta.labels?.[OWN_NAME] === name) return meta;
  return { ...meta, labels: { ...meta.labels, [OWN_NAME]: name } };
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
