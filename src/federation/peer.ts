import { Agent, request } from 'node:https';
import { TitanError } from '../api/error.ts';
import type { FaultDomain } from '../api/kinds.gen.ts';
import type { PeerClient, PeerTrust } from './peer-client.ts';
import type { OpenPeer, Peer } from './port.ts';
import { unavailable } from './unavailable.ts';

/** Opens other fault domains' APIs: over TLS only, each side with the certificate that it has now. */
export function peerOpener(trust: () => PeerTrust): OpenPeer {
  return (domain) => openPeer(domain, trust);
}

function openPeer(domain: FaultDomain, trustNow: () => PeerTrust): Peer {
  const server = domain.spec.api.replace(/\/$/, '');
  let made: Connection | undefined;

  /** Made anew when certificates are. */
  function connection(): Connection {
    const trust = trustNow();
    if (made?.trust !== trust) {
      made?.agent.destroy();
      made = connect(domain, server, trust);
    }
    return made;
  }

  return {
    list: async (kind, signal) => (await connection().client()).list(kind, signal),
    async *watch(kind, options, signal) {
      yield* (await connection().client()).watch(kind, options, signal);
    },
    async heartbeat(signal) {
      const { agent } = connection();
      const { code, body } = await read(`${server}/readyz`, agent, signal).catch((thrown) => {
        throw unavailable(thrown);
      });
      if (code !== 200) throw new TitanError('ServiceUnavailable', body.trim());
    },
  };
}

interface Connection {
  readonly trust: PeerTrust;
  readonly agent: Agent;
  client(): Promise<PeerClient>;
}

function connect(
  { metadata: { name } }: FaultDomain,
  server: string,
  trust: PeerTrust,
): Connection {
  // One connection for all heartbeats: a handshake costs more than they do.
  const agent = new Agent({ ca: trust.authorities, keepAlive: true, maxSockets: 1 });
  let opening: Promise<PeerClient> | undefined;

  /** Loaded once there is a peer to read from: it has as many modules as all the rest of the program. */
  async function open(): Promise<PeerClient> {
    const { openClient } = await import('./peer-client.ts');
    return openClient(name, server, trust);
  }

  return {
    trust,
    agent,
    client() {
      opening ??= open();
      return opening;
    },
  };
}

const BODY_MAX_CHARS = 64 * 1024;

interface Response {
  readonly code: number;
  readonly body: string;
}

/** What anybody may read needs no client certificate. */
function read(url: string, agent: Agent, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent, signal }, async (response) => {
      try {
        let body = '';
        for await (const chunk of response.setEncoding('utf8')) {
          if (body.length < BODY_MAX_CHARS) body += chunk;
        }
        resolve({ code: response.statusCode ?? 0, body });
      } catch (thrown) {
        reject(thrown);
      }
    });
    asking.once('error', reject);
    asking.end();
  });
}
