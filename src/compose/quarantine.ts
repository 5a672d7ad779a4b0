import { TitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import { TASK } from '../api/kinds.gen.ts';
import type { ApiObject, Draft } from '../api/object.ts';
import type { Client, Premises } from '../registry/port.ts';
import type { RunningRegistry } from '../registry/registry.ts';

/**
 * A client that makes no task beside one whose record cannot be read: for all that is known that one runs.
 */
export function besideUnreadable(
  client: Client,
  { unreadable }: Pick<RunningRegistry, 'unreadable'>,
): Client {
  function check(draft: Draft<ApiObject>): void {
    const { namespace, name } = draft.metadata;
    const other = unreadable(TASK).find(
      (each) => each.namespace === namespace && slotOf(each.name) === slotOf(name ?? ''),
    );
    if (other === undefined) return;
    throw new TitanError(
      'InternalError',
      `${name} is not made: the record of ${other.name} cannot be read (${other.error}), and it may still run; mend or remove that record`,
    );
  }

  return {
    ...client,
    async create<T extends ApiObject>(
      kind: Kind<T>,
      draft: Draft<T>,
      options?: Premises,
    ): Promise<T> {
      if (kind.plural === TASK.plural && kind.group === TASK.group) check(draft);
      return client.create(kind, draft, options);
    },
  };
}

/** All attempts of one instance are called the same but for the number at the end. */
function slotOf(name: string): string {
  return name.slice(0, name.lastIndexOf('-'));
}
