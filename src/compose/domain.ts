import { isDeepStrictEqual } from 'node:util';
import { hasReason } from '../api/error.ts';
import { apiVersionOf } from '../api/kind.ts';
import { FAULT_DOMAIN, type FaultDomain } from '../api/kinds.gen.ts';
import { kindRules } from '../api/rules.ts';
import { STORED_FORMS } from '../api/stored-forms.ts';
import type { Limits } from '../apiserver/access/limits.ts';
import { createPressure } from '../apiserver/access/pressure.ts';
import { startApiServer } from '../apiserver/server.ts';
import type { OidcSettings } from '../auth/tokens/oidc.ts';
import type { Address } from '../config.ts';
import { peerOpener } from '../federation/peer.ts';
import { agentApi } from '../mesos/agent/http.ts';
import type { AgentApi } from '../mesos/agent/port.ts';
import { httpMaster } from '../mesos/http.ts';
import type { CacheLimits } from '../registry/cache/kind-caches.ts';
import { createRegistry } from '../registry/registry.ts';
import { readPage } from '../runtime/page.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import { namesOf, type Plugin } from '../scheduling/place/catalog.ts';
import type { Store } from '../store/port.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { openAccess } from './access.ts';
import type { Certificates } from './certificates.ts';
import { ensureDefaultRoles } from './default-roles.ts';
import type { Reach } from './failpoints/failpoint.ts';
import { withFailpoints } from './failpoints/points.ts';
import { createFirstWrites } from './first-writes.ts';
import { type LeadOptions, leadForever } from './lead.ts';
import { readSchemas } from './schemas.ts';

export interface DomainOptions extends Certificates {
  readonly name: string;
  readonly region: string;
  readonly store: Store;
  readonly listen: Address;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  /** Who signed the server's certificate, where that is known. */
  readonly authority?: string | undefined;
  readonly limits?: DomainLimits;
  /** Whose tokens of people are good here. */
  readonly oidc?: OidcSettings | undefined;
  /** What jobs and capacity groups may name beside what Titan has. */
  readonly plugins?: readonly Plugin[];
}

/** How much a domain's API takes on. */
export interface DomainLimits extends CacheLimits, Limits {
  readonly connections: number;
}

/** What a domain says of itself and of the others. */
export interface DomainPlace {
  readonly name: string;
  readonly region: string;
  readonly api: string;
  readonly home: boolean;
}

/** One fault domain's Titan: the API at once, the controllers while it leads. */
export interface Domain {
  /** Where the API answers. */
  readonly url: string;
  /**
   * Makes sure that a FaultDomain object says what is given; people's other fields stay. Resolves after the first
   * attempt, and goes on trying while the store does not take it. @throws what would be refused again
   */
  declare(place: DomainPlace): Promise<void>;
  /** Takes up other certificates, here and towards the other domains. */
  renew(certificates: Certificates): Promise<void>;
  /** Stands for election, and runs the controllers whenever it leads; `reach` is told of its failpoints. */
  lead(options: LeadOptions, reach?: Reach): void;
  /** Ends everything but the tasks; the store is closed last. */
  stop(): Promise<void>;
}

/** Opens the registry and the API of one fault domain over its store. */
export async function openDomain(options: DomainOptions): Promise<Domain> {
  const { name, store, clock, random, version, listen } = options;
  const log = options.log.child({ domain: name });
  const stopping = new AbortController();
  const registry = registryOf(options, log);
  await registry.start(stopping.signal);
  const metrics = createMetrics();
  const client = registry.client({ manager: 'titan' });
  const firstWrites = createFirstWrites({ clock, random, log }, stopping.signal);
  await firstWrites.write('the default roles', () => ensureDefaultRoles(client));
  const { oidc, tls, identity, authority } = options;
  const access = await openAccess(
    { client, store, clock, random, log, domain: name, oidc, authority },
    stopping.signal,
  );
  const api = await startApiServer({
    registry,
    clock,
    random,
    log,
    listen,
    tls,
    access,
    lacking: () => firstWrites.lacking,
    version,
    metrics: metrics.api,
    limits: options.limits,
    pressure: createPressure(clock),
    connectionsMax: options.limits?.connections,
  });
  let trust = { authorities: tls.clientAuthorities, identity };
  const openPeer = peerOpener(() => trust);
  let leading: Promise<void> = Promise.resolve();

  return {
    url: api.url,
    declare: (place) =>
      firstWrites.write(`the fault domain ${place.name}`, () => declare(client, place)),
    async renew(certificates) {
      api.renew(certificates.tls);
      const {
        tls: { clientAuthorities: authorities },
        identity: own,
      } = certificates;
      trust = { authorities, identity: own };
    },
    lead(lead, reach) {
      const { framework, coordinatorAnswered, passed } = metrics;
      const told = { metrics: framework, coordinatorAnswered, passed };
      const parts = { ...options, ...told, log, registry, openPeer };
      const openMaster = () => httpMaster({ ...lead.mesos, clock, log });
      const openAgent = agentOpener(lead.mesos);
      const leader = { ...parts, ...lead, openMaster, openAgent, readPage };
      leading = leadForever(reach ? withFailpoints(leader, reach) : leader, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await leading;
      await api.stop();
      await registry.stop();
      await store.close();
    },
  };
}

/** Agents answer as their masters do. */
function agentOpener(mesos: LeadOptions['mesos']): (address: string) => AgentApi {
  const scheme = mesos.masters[0]?.startsWith('https:') ? 'https' : 'http';
  return (address) => agentApi({ ...mesos, url: `${scheme}://${address}` });
}

function registryOf(options: DomainOptions, log: Log) {
  const { store, clock, random, name, limits, authority, plugins = [] } = options;
  return createRegistry({
    store,
    clock,
    random,
    log,
    domain: name,
    crds: readSchemas(),
    rules: kindRules(namesOf(plugins)),
    forms: STORED_FORMS,
    replicated: ['Job'],
    limits,
    authority,
  });
}

const DECLARE_ATTEMPTS_MAX = 10;

type Declaring = Pick<
  ReturnType<ReturnType<typeof createRegistry>['client']>,
  'get' | 'create' | 'update'
>;

/** Another replica may be at the same: whoever loses the race looks again. */
async function declare(client: Declaring, place: DomainPlace): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await declareOnce(client, place);
      return;
    } catch (thrown) {
      const isRace = hasReason(thrown, 'AlreadyExists') || hasReason(thrown, 'Conflict');
      if (!isRace || attempt === DECLARE_ATTEMPTS_MAX) throw thrown;
    }
  }
}

async function declareOnce(
  client: Declaring,
  { name, region, api, home }: DomainPlace,
): Promise<void> {
  const spec = { region, api, ...(home ? { home } : {}) };
  const found = await client.get(FAULT_DOMAIN, { name }).catch((thrown: unknown) => {
    if (hasReason(thrown, 'NotFound')) return undefined;
    throw thrown;
  });
  if (found === undefined) {
    const draft = {
      apiVersion: apiVersionOf(FAULT_DOMAIN),
      kind: FAULT_DOMAIN.kind,
      metadata: { name },
      spec,
    };
    await client.create<FaultDomain>(FAULT_DOMAIN, draft);
    return;
  }
  const next = { ...found.spec, ...spec };
  // A store that takes no writes does not trouble a replica that has nothing to say.
  if (isDeepStrictEqual(next, found.spec)) return;
  await client.update(FAULT_DOMAIN, { ...found, spec: next });
}
