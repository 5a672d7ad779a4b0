import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openPki } from '../auth/pki/folder.ts';
import type { KeyPair } from '../auth/port.ts';
import type { OidcSettings } from '../auth/tokens/oidc.ts';
import { DOMAINS, domainUser, MASTERS } from '../auth/users.ts';
import type { ServeConfig } from '../cli/serve.ts';
import type { Clock, Random } from '../runtime/port.ts';
import type { Certificates } from './certificates.ts';
import { kubeconfigText } from './kubeconfig.ts';

export interface Security {
  /** Those that are good now: files may have changed, and our own may have been made anew. */
  certificates(): Promise<Certificates>;
  /** Who signed the server's certificate, where it is our own. */
  readonly authority: string | undefined;
  readonly oidc: OidcSettings | undefined;
  /** Writes an administrator's kubeconfig, where the authority is our own. @returns its path */
  writeKubeconfig(server: string): Promise<string | undefined>;
}

interface SecurityOptions {
  readonly config: ServeConfig;
  readonly clock: Clock;
  readonly random: Random;
}

/** The certificates that were named, or those of an authority of our own. */
export async function serveSecurity(options: SecurityOptions): Promise<Security> {
  const { config } = options;
  const oidc = oidcOf(config);
  const { tlsCert, tlsKey, clientCa } = config;
  if (tlsCert === undefined || tlsKey === undefined || clientCa === undefined) {
    return { oidc, ...(await ownSecurity(options)) };
  }
  const { peerCert, peerKey } = config;
  return {
    oidc,
    authority: undefined,
    certificates: async () => ({
      tls: { ...readPair(tlsCert, tlsKey), clientAuthorities: readFileSync(clientCa, 'utf8') },
      identity:
        peerCert === undefined || peerKey === undefined ? undefined : readPair(peerCert, peerKey),
    }),
    writeKubeconfig: async () => undefined,
  };
}

function readPair(certificate: string, key: string): KeyPair {
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

async function ownSecurity(options: SecurityOptions): Promise<Omit<Security, 'oidc'>> {
  const { config } = options;
  const folder = config.pki ?? join(config.data ?? '.', 'pki');
  const pki = await openPki({ ...options, folder });
  return {
    authority: pki.authority,
    certificates: async () => ({
      tls: { ...(await pki.server(hostsOf(config))), clientAuthorities: pki.authority },
      identity: await pki.client({ name: domainUser(config.domain), groups: [DOMAINS] }),
    }),
    async writeKubeconfig(server) {
      const path = join(folder, 'kubeconfig');
      const user = await pki.client({ name: 'titan-admin', groups: [MASTERS] });
      const places = [{ name: config.domain, url: server }];
      const text = kubeconfigText({ places, authority: pki.authority, user });
      writeFileSync(path, text, { mode: 0o600 });
      chmodSync(path, 0o600);
      return path;
    },
  };
}

const ANY_ADDRESS = new Set(['0.0.0.0', '::', '']);

/** The names and addresses at which this server may be reached. */
function hostsOf({ listen, advertise }: ServeConfig): readonly string[] {
  const advertised = advertise === undefined ? [] : [new URL(advertise).hostname];
  const hosts = [listen.host, ...advertised].map((host) => host.replaceAll(/[[\]]/g, ''));
  const named = hosts.filter((host) => !ANY_ADDRESS.has(host));
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...named])];
}

function oidcOf(config: ServeConfig): OidcSettings | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId } = config;
  if (issuer === undefined || clientId === undefined) return undefined;
  return {
    issuer,
    clientId,
    usernameClaim: config.oidcUsernameClaim,
    groupsClaim: config.oidcGroupsClaim,
    usernamePrefix: config.oidcPrefix ?? `${issuer}#`,
    groupsPrefix: config.oidcPrefix ?? `${issuer}#`,
  };
}
