import { BlockList, isIP } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';

/** Kubernetes' functions of URLs, addresses and networks. */
export function registerNetwork(env: Environment): void {
  registerUrls(env);
  registerAddresses(env);
}

function parseUrl(text: string): URL | undefined {
  const isAbsolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (!isAbsolute && !text.startsWith('/')) return undefined;
  return URL.parse(text, isAbsolute ? undefined : 'relative://') ?? undefined;
}

function registerUrls(env: Environment): void {
  const sync = { async: false };
  const type = 'kubernetes.URL';
  env.registerType(type, URL);
  env.registerFunction('isURL(string): bool', (text: string) => parseUrl(text) !== undefined, sync);
  env.registerFunction(
    `url(string): ${type}`,
    (text: string) => {
      const url = parseUrl(text);
      if (url === undefined)
        throw new Error(`URL parse error during conversion from string: ${text}`);
      return url;
    },
    sync,
  );
  const parts: readonly (readonly [string, (url: URL) => unknown])[] = [
    [
      'getScheme(): string',
      (url) => (url.protocol === 'relative:' ? '' : url.protocol.slice(0, -1)),
    ],
    ['getHost(): string', (url) => url.host],
    ['getHostname(): string', (url) => url.hostname.replace(/^\[(.*)\]$/, '$1')],
    ['getPort(): string', (url) => url.port],
    ['getEscapedPath(): string', (url) => url.pathname],
    ['getQuery(): map<string, list<string>>', queryOf],
  ];
  for (const [signature, handler] of parts) {
    env.registerFunction(`${type}.${signature}`, handler, sync);
  }
}

function queryOf({ searchParams }: URL): Readonly<Record<string, readonly string[]>> {
  const names = [...new Set(searchParams.keys())];
  return Object.fromEntries(names.map((name) => [name, searchParams.getAll(name)]));
}

/** An IP address. */
class Address {
  readonly text: string;
  readonly family: 4 | 6;

  constructor(text: string) {
    const family = isIP(text);
    if (family !== 4 && family !== 6)
      throw new Error(`IP Address ${JSON.stringify(text)} parse error`);
    this.text = text;
    this.family = family;
  }
}

/** A network such as `10.0.0.0/8`. */
class Network {
  readonly address: Address;
  readonly prefix: number;
  readonly members = new BlockList();

  constructor(text: string) {
    const [address = '', prefix = '', ...rest] = text.split('/');
    this.address = new Address(address);
    this.prefix = Number(prefix);
    const widest = this.address.family === 4 ? 32 : 128;
    if (!/^\d{1,3}$/.test(prefix) || this.prefix > widest || rest.length > 0) {
      throw new Error(`network address parse error during conversion from string: ${text}`);
    }
    this.members.addSubnet(address, this.prefix, nameOf(this.address));
  }

  has(address: Address): boolean {
    return (
      address.family === this.address.family && this.members.check(address.text, nameOf(address))
    );
  }
}

function nameOf({ family }: Address): 'ipv4' | 'ipv6' {
  return family === 4 ? 'ipv4' : 'ipv6';
}

function isMade(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch {
    return false;
  }
}

function registerAddresses(env: Environment): void {
  const sync = { async: false };
  const ip = 'kubernetes.IP';
  const cidr = 'kubernetes.CIDR';
  env.registerType(ip, Address);
  env.registerType(cidr, Network);
  env.registerFunction('isIP(string): bool', (text: string) => isIP(text) > 0, sync);
  env.registerFunction(`ip(string): ${ip}`, (text: string) => new Address(text), sync);
  env.registerFunction(`${ip}.family(): int`, ({ family }: Address) => BigInt(family), sync);
  env.registerFunction(`string(${ip}): string`, ({ text }: Address) => text, sync);
  env.registerFunction(
    'isCIDR(string): bool',
    (text: string) => isMade(() => new Network(text)),
    sync,
  );
  env.registerFunction(`cidr(string): ${cidr}`, (text: string) => new Network(text), sync);
  env.registerFunction(
    `${cidr}.prefixLength(): int`,
    ({ prefix }: Network) => BigInt(prefix),
    sync,
  );
  env.registerFunction(`${cidr}.ip(): ${ip}`, ({ address }: Network) => address, sync);
  env.registerFunction(
    `${cidr}.containsIP(string): bool`,
    (network: Network, text: string) => network.has(new Address(text)),
    sync,
  );
  env.registerFunction(
    `${cidr}.containsIP(${ip}): bool`,
    (network: Network, address: Address) => network.has(address),
    sync,
  );
}
