import { TitanError } from '../api/error.ts';
import type { OpenPeer } from '../federation/port.ts';
import type { Client } from '../registry/port.ts';

/** Another simulated domain, reached without sockets; `reach` gives nothing while it cannot be reached. */
export function peerOver(reach: () => Client | undefined): ReturnType<OpenPeer> {
  function reached(): Client {
    const client = reach();
    if (client === undefined) throw new TitanError('ServiceUnavailable', 'no answer');
    return client;
  }

  return {
    async list(kind) {
      return await reached().list(kind);
    },
    async *watch(kind, options, signal) {
      for await (const events of reached().watch(kind, options, signal)) {
        reached();
        yield events;
      }
    },
    async heartbeat() {
      reached();
    },
  };
}
