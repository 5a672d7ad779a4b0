import { hasReason } from '../../src/api/error.ts';
import { VOLUME, type Volume } from '../../src/api/kinds.gen.ts';
import { keyOf } from '../../src/api/object.ts';
import type { FrameworkHost, OperationAt, OperationUpdate } from '../../src/mesos/port.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { foldOperation, uidOfOperation } from '../../src/volumes/life.ts';

export interface VolumeHostOptions extends Pick<Runtime, 'client' | 'log'> {
  /** With an index `uid`. */
  readonly volumes: Informer<Volume>;
}

type VolumeHost = Required<Pick<FrameworkHost, 'onOperation' | 'knownOperations'>>;

/** Attempts to store one update while others write the same Volume; Mesos sends it again after that. */
const ATTEMPTS_MAX = 8;

/** Takes what Mesos says of operations into the store, before it is acknowledged. */
export function volumeHost({ client, log, volumes }: VolumeHostOptions): VolumeHost {
  /** @returns whether there is no more to do; not where another wrote the Volume meanwhile */
  async function store(volume: Volume, update: OperationUpdate, attempt: number): Promise<boolean> {
    const status = foldOperation(volume, update);
    if (status === undefined) return true;
    try {
      await client.updateStatus(VOLUME, { ...volume, status });
      const { name } = volume.metadata;
      log.info('volume changed', { volume: name, phase: status.phase, state: update.state });
      return true;
    } catch (thrown) {
      if (!hasReason(thrown, 'Conflict') || attempt === ATTEMPTS_MAX) throw thrown;
      return false;
    }
  }

  async function newest(volume: Volume): Promise<Volume | undefined> {
    return client.get(VOLUME, keyOf(volume)).catch((error: unknown) => {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    });
  }

  return {
    async onOperation(update) {
      await volumes.whenSynced();
      const uid = uidOfOperation(update.operationId ?? '');
      let [volume] = uid === undefined ? [] : volumes.by('uid', uid);
      for (let attempt = 1; volume !== undefined; attempt += 1) {
        if (await store(volume, update, attempt)) return;
        volume = await newest(volume);
      }
    },
    knownOperations: () => [...volumes.values()].flatMap(operationOf),
  };
}

function operationOf({ status }: Volume): readonly OperationAt[] {
  const { operationId, agentId } = status ?? {};
  if (operationId === undefined) return [];
  return [{ operationId, ...(agentId === undefined ? {} : { agentId }) }];
}
