import { CONFIG_MAP, type ConfigMap, NAMESPACE } from '../../src/api/builtin.ts';
import { hasReason, TitanError } from '../../src/api/error.ts';
import type { Client } from '../../src/registry/port.ts';

/** The framework id of this fault domain, in the store: one for ever. */
export interface FrameworkRecord {
  load(): Promise<string | undefined>;
  /** @throws Conflict when another id is stored */
  save(id: string): Promise<void>;
  /** Removes it where it is this one. */
  forget(id: string): Promise<void>;
}

const KEY = { namespace: 'kube-system', name: 'titan-framework' };

/** Kept as the ConfigMap `titan-framework` of `kube-system`, where people can see it. */
export function frameworkRecord(client: Client): FrameworkRecord {
  async function read(): Promise<ConfigMap | undefined> {
    return await client.get(CONFIG_MAP, KEY).catch(unless('NotFound'));
  }

  async function load(): Promise<string | undefined> {
    return (await read())?.data?.id;
  }

  async function create(id: string): Promise<boolean> {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: KEY.namespace } };
    await client.create(NAMESPACE, namespace).catch(unless('AlreadyExists'));
    const draft = { apiVersion: 'v1', kind: 'ConfigMap', metadata: KEY, data: { id } };
    return (await client.create(CONFIG_MAP, draft).catch(unless('AlreadyExists'))) !== undefined;
  }

  return {
    load,
    async save(id) {
      if (await create(id)) return;
      const stored = await load();
      if (stored === id) return;
      const message = `the framework id ${stored ?? 'unknown'} is stored already, so ${id} is refused`;
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
