import { NAMESPACE, type Namespace } from '../api/builtin.ts';
import { mergeConditions } from '../api/condition.ts';
import { asTitanError, hasReason } from '../api/error.ts';
import { resourceName } from '../api/kind.ts';
import { TOMBSTONE } from '../api/kinds.gen.ts';
import { type ApiObject, isDeleting } from '../api/object.ts';
import { parseLocalKey } from './keys.ts';
import { lookAfter } from './look.ts';
import { endingConditions, type Left } from './namespace-conditions.ts';
import { CONTENT, specFinalizers } from './write/behaviour/namespace.ts';
import type { Context } from './write/context.ts';
import { removeObject } from './write/remove.ts';
import { updateObject } from './write/update.ts';

const AT_ONCE_MAX = 100;
const WRITER = { manager: 'namespace-controller' };
/** The end of what a namespace holds leaves tombstones, which a second pass removes. */
const PASSES = 2;

/**
 * Ends namespaces that are to go: deletes what they hold and, when nothing is left, lets them go; meanwhile
 * their status says what they wait for. Every replica does it; the work is the same twice.
 */
export async function endNamespaces(context: Context, signal: AbortSignal): Promise<void> {
  const { cache } = context.catalog.of(NAMESPACE);
  const look = async () => {
    const ending = [...cache.scan('')].filter(([, { object }]) => isDeleting(object));
    for (const [, { object }] of ending) await end(context, object.metadata.name);
    return ending.length > 0;
  };
  await lookAfter(context, { cache, look }, signal);
}

async function end(context: Context, name: string): Promise<void> {
  try {
    await context.feed.fresh();
    let left = leftIn(context, name);
    const failures: string[] = [];
    for (let pass = 0; pass < PASSES && left.length > 0; pass += 1) {
      failures.push(...(await clear(context, name)));
      await context.feed.fresh();
      left = leftIn(context, name);
    }
    await (left.length === 0 ? letGo(context, name) : tell(context, name, { left, failures }));
  } catch (thrown) {
    if (hasReason(thrown, 'NotFound')) return;
    const { message } = asTitanError(thrown);
    context.log.warn('a namespace could not be ended yet', { namespace: name, error: message });
  }
}

function namespacedKinds({ catalog }: Context) {
  const byPrefix = new Map(
    catalog.served
      .filter(({ definition: { kind } }) => kind.namespaced)
      .map((served) => [served.prefix, served]),
  );
  return [...byPrefix.values()].filter(({ definition }) => definition.verbs.includes('delete'));
}

/** What a namespace holds now, kind by kind. */
function leftIn(context: Context, namespace: string): readonly Left[] {
  return namespacedKinds(context).flatMap(({ definition, cache }) => {
    const objects = [...cache.scan(`${namespace}/`)].map(([, { object }]) => object);
    const finalizers = objects.flatMap(({ metadata }) => metadata.finalizers ?? []);
    const resource = resourceName(definition.kind);
    return objects.length === 0 ? [] : [{ resource, count: objects.length, finalizers }];
  });
}

/**
 * Deletes what a namespace holds. Tombstones go last, since what goes before them makes some.
 * @returns what could not be deleted, in words
 */
async function clear(context: Context, namespace: string): Promise<readonly string[]> {
  const failures: string[] = [];
  let found = 0;
  for (const served of namespacedKinds(context)) {
    const locals = [...served.cache.scan(`${namespace}/`)].map(([local]) => local);
    if (served.definition.kind.plural === TOMBSTONE.plural && found > 0) continue;
    found += locals.length;
    for (let at = 0; at < locals.length; at += AT_ONCE_MAX) {
      const part = locals.slice(at, at + AT_ONCE_MAX);
      const removals = part.map((local) =>
        removeObject(context, served, parseLocalKey(local), WRITER),
      );
      failures.push(...failuresOf(await Promise.allSettled(removals)));
    }
  }
  return failures;
}

function failuresOf(results: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  return results.flatMap((result) => {
    if (result.status === 'fulfilled' || hasReason(result.reason, 'NotFound')) return [];
    return [asTitanError(result.reason).message];
  });
}

/** Takes away the finalizer that stood for the content; the namespace goes unless others hold it. */
async function letGo(context: Context, name: string): Promise<void> {
  const namespaces = context.catalog.of(NAMESPACE);
  const released = (current: ApiObject) => {
    const others = specFinalizers(namespaces.definition, current).filter((one) => one !== CONTENT);
    return { object: { ...current, spec: { finalizers: others } }, pinned: false };
  };
  const finalize = { ...WRITER, subresource: 'finalize' } as const;
  await updateObject(context, namespaces, { name }, released, finalize);
}

interface Remains {
  readonly left: readonly Left[];
  readonly failures: readonly string[];
}

/** Says in the namespace's status what its end waits for. */
async function tell(context: Context, name: string, remains: Remains): Promise<void> {
  const told = (current: ApiObject) => {
    const { conditions: before = [] } = (current as Namespace).status ?? {};
    const conditions = mergeConditions(before, endingConditions(remains), context.clock.now());
    const status = { phase: 'Terminating', conditions };
    return { object: { ...current, status }, pinned: false };
  };
  const namespaces = context.catalog.of(NAMESPACE);
  await updateObject(context, namespaces, { name }, told, { ...WRITER, subresource: 'status' });
}
