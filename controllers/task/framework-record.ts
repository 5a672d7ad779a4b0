import { CONFIG_MAP, type ConfigMap, NAMESPACE } from '../../src/api/builtin.ts';
import { hasReason, TitanError } from '../../src/api/error.ts';
import type { Client } from '../../src/registry/port.ts';

/** The framework id of this fault domain, in the store: one for ever. */
export interface FrameworkRecord {
  /**
   * The id, where there is one. Where there is none it first writes that one is about to be asked for, so
   * that a process that leads no more, and does not know it yet, asks for none.
   *
   * @throws Conflict when another leads
   */
  load(): Promise<string | undefined>;
  /** @throws Conflict when another id is stored */
  save(id: string): Promise<void>;
  /** Removes it where it is this one. */
  forget(id: string): Promise<void>;
}

const KEY = { namespace: 'kube-system', name: 'titan-framework' };
/** How often an id was asked for, while there is none. */
const ASKED = 'asked';

/** Kept as the ConfigMap `titan-framework` of `kube-system`, where people can see it. */
export function frameworkRecord(client: Client): FrameworkRecord {
  async function read(): Promise<ConfigMap | undefined> {
    return await client.get(CONFIG_MAP, KEY).catch(unless('NotFound'));
  }

  async function write(
    found: ConfigMap | undefined,
    data: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (found !== undefined) {
      await client.update(CONFIG_MAP, { ...found, data });
      return;
    }
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: KEY.namespace } };
    await client.create(NAMESPACE, namespace).catch(unless('AlreadyExists'));
    await client.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: KEY, data });
  }

  return {
    async load() {
      const found = await read();
      const id = found?.data?.id;
      if (id !== undefined) return id;
      await write(found, { [ASKED]: String(Number(found?.data?.[ASKED] ?? 0) + 1) });
      return undefined;
    },
    async save(id) {
      const found = await read();
      const stored = found?.data?.id;
      if (stored === id) return;
      if (stored === undefined) {
        await write(found, { id });
        return;
      }
      const message = `the framework id ${stored} is stored already, so ${id} is refused`;
      throw new TitanError('Conflict', message);
    },
    async forget(id) {
      const found = await read();
      if (found?.data?.id !== id) return;
      await client.delete(CONFIG_MAP, KEY, { uid: found.metadata.uid }).catch(unless('NotFound'));
    },
  };
}

function unless(reason: 'NotFound' | 'AlreadyExists'): (error: unknown) => undefined {
  return (error) => {
    if (!hasReason(error, reason)) throw error;
    return undefined;
  };
}
