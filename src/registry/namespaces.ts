import { NAMESPACE } from '../api/builtin.ts';
import { asTitanError } from '../api/error.ts';
import { TOMBSTONE } from '../api/kinds.gen.ts';
import { isDeleting } from '../api/object.ts';
import { parseLocalKey } from './keys.ts';
import { lookAfter } from './look.ts';
import { newest } from './write/commit.ts';
import type { Context } from './write/context.ts';
import { removeEmptied, removeObject } from './write/remove.ts';

const AT_ONCE_MAX = 100;

/**
 * Ends namespaces that are to go: deletes what they hold and, when nothing is left, them. Every replica
 * does it; the work is the same twice.
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
    const left = await clear(context, name);
    const namespaces = context.catalog.of(NAMESPACE);
    const held = await newest(context, namespaces, `-/${name}`);
    const isDone = left === 0 && held && (held.object.metadata.finalizers ?? []).length === 0;
    if (isDone) await removeEmptied(context, namespaces, held);
  } catch (thrown) {
    const { message } = asTitanError(thrown);
    context.log.warn('a namespace could not be ended yet', { namespace: name, error: message });
  }
}

/** Deletes what a namespace holds. Tombstones go last, since what goes before them makes some. @returns how much there was */
async function clear(context: Context, namespace: string): Promise<number> {
  const kinds = context.catalog.served.filter(({ definition: { kind } }) => kind.namespaced);
  let found = 0;
  for (const served of kinds) {
    const locals = [...served.cache.scan(`${namespace}/`)].map(([local]) => local);
    if (served.definition.kind.plural === TOMBSTONE.plural && found > 0) continue;
    found += locals.length;
    for (let at = 0; at < locals.length; at += AT_ONCE_MAX) {
      const removals = locals
        .slice(at, at + AT_ONCE_MAX)
        .map((local) =>
          removeObject(context, served, parseLocalKey(local), { manager: 'namespace-controller' }),
        );
      await Promise.allSettled(removals);
    }
  }
  return found;
}
