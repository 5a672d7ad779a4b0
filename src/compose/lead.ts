import { EVENT } from '../api/builtin.ts';
import { asTitanError } from '../api/error.ts';
import { AGENT, FAULT_DOMAIN, JOB, JOB_REVISION, TASK } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import type { OpenPeer } from '../federation/port.ts';
import type { AgentApi } from '../mesos/agent/port.ts';
import { startFramework } from '../mesos/framework.ts';
import type { HttpMaster, HttpMasterOptions } from '../mesos/http.ts';
import type { FrameworkInfo, FrameworkMetrics } from '../mesos/port.ts';
import { LEASE } from '../registry/builtin/lease.ts';
import type { RunningRegistry } from '../registry/registry.ts';
import { LEADER_KEY, leadership, type Term } from '../runtime/leader.ts';
import type { ReadPage } from '../runtime/page.ts';
import type { Clock, Journal, Log, Random } from '../runtime/port.ts';
import { healStore, keepStore, type UpkeepPolicy } from '../runtime/upkeep.ts';
import type { Plugin } from '../scheduling/place/catalog.ts';
import type { Store } from '../store/port.ts';
import { tellFindings, tellOf, tellSetBacks } from './findings.ts';
import { showOffice } from './office.ts';
import { besideUnreadable } from './quarantine.ts';
import { aborted } from './world.ts';

export interface LeadOptions {
  /** Names this replica in the election. */
  readonly identity: string;
  readonly leaseMs: number;
  readonly mesos: Pick<HttpMasterOptions, 'masters' | 'credentials' | 'authority'>;
  /** Whether a framework that Mesos has removed may be replaced while tasks live; not unless told. */
  readonly mayTakeNewId?: boolean;
  readonly framework: FrameworkInfo;
  readonly upkeep?: UpkeepPolicy | undefined;
  /** With one, running tasks are looked after while the store is away; without, nothing is done then. */
  readonly journal?: Journal | undefined;
}

export interface Leading extends Omit<LeadOptions, 'mesos'> {
  readonly name: string;
  readonly region: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly registry: RunningRegistry;
  readonly metrics?: FrameworkMetrics | undefined;
  readonly openPeer: OpenPeer;
  readonly plugins?: readonly Plugin[];
  /** Reads addresses that checks of rollouts, pre-stop hooks and disruption budgets name. */
  readonly readPage: ReadPage;
  readonly coordinatorAnswered?: ((kind: string) => void) | undefined;
  readonly passed?: ((controller: string) => void) | undefined;
  /** Opens a connection to Mesos, one for each term. */
  openMaster(): HttpMaster;
  /** Reaches the API of an agent at an address such as `10.0.0.7:5051`. */
  readonly openAgent?: ((address: string) => AgentApi) | undefined;
  readonly adoptionGraceMs?: Millis;
}

/** Stands for election until `until` aborts, and runs the control plane in every term of office. */
export async function leadForever(lead: Leading, until: AbortSignal): Promise<void> {
  const onChange = (listener: () => void) =>
    lead.registry.onOther((key) => key === LEADER_KEY && listener());
  const election = leadership({ ...lead, ttlMs: lead.leaseMs, onChange });
  tellSetBacks({ findings: lead.registry.findings, tell: tellOf(lead) }, until);
  void prepare(lead, until);
  void healWithoutLeader(lead, until);
  await election.hold((term) => govern(lead, term, until), until);
}

/** What a leader writes all the time, or as soon as it leads. */
const WRITTEN = [TASK, JOB, JOB_REVISION, AGENT, FAULT_DOMAIN, LEASE, EVENT];

/** A standby compiles now what else would hold it up when it comes to lead. */
async function prepare({ registry, clock, leaseMs }: Leading, until: AbortSignal): Promise<void> {
  await clock.sleep(leaseMs, until);
  if (!until.aborted) await registry.prepare(WRITTEN);
}

/** One term: whatever it writes is fenced, and its stream to Mesos is the first thing to go. */
async function govern(lead: Leading, term: Term, until: AbortSignal): Promise<void> {
  const { identity, leaseMs, framework, metrics, mayTakeNewId = false, adoptionGraceMs } = lead;
  const { name, region, store, clock, random, log, registry, openPeer, plugins = [] } = lead;
  const common = { clock, random, log };
  const { guard, signal, deposed } = term;
  const guarded = registry.client({ manager: 'titan', guard, onGuardFailed: deposed });
  const client = besideUnreadable(guarded, registry);
  // What this term knows of tasks is of a store that is no more: the next one asks Mesos first.
  const stopLooking = registry.findings.onSetBack(() => term.resign());
  signal.addEventListener('abort', stopLooking, { once: true });
  await untilFresh(lead, signal);
  if (signal.aborted) return;
  const master = lead.openMaster();
  const plane = await startControlPlane({
    ...common,
    client,
    kinds: registry,
    domain: { name, region },
    openPeer,
    mayTakeNewId,
    ...(adoptionGraceMs === undefined ? {} : { adoptionGraceMs }),
    plugins,
    unreadableTasks: () => registry.unreadable(TASK),
    operator: master.operator,
    openAgent: lead.openAgent,
    readPage: lead.readPage,
    coordinatorAnswered: lead.coordinatorAnswered,
    passed: lead.passed,
    journal: lead.journal,
    openFramework: (host) =>
      startFramework({ ...common, master, framework, host, ...(metrics ? { metrics } : {}) }),
  });
  void showOffice({ ...common, client, identity, ttlMs: leaseMs, term });
  const tell = tellOf(lead, client);
  void keepStore({ store, clock, log, policy: lead.upkeep, tell }, signal);
  void tellFindings({ findings: registry.findings, clock, tell }, signal);
  await aborted(signal);
  if (lead.journal !== undefined) await takeCareUntilBack(lead, plane, until);
  await plane.stop();
  await master.close();
}

const RETRY_MS = 1_000;

/**
 * Waits until the caches have all that earlier leaders wrote, who can write no more. To a cache behind that,
 * tasks of theirs would be unknown, and what Mesos says of them nobody's.
 */
async function untilFresh({ registry, clock, log }: Leading, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await registry.fresh();
      return;
    } catch (thrown) {
      log.warn('cannot lead yet: the store is away', { error: asTitanError(thrown).message });
      await clock.sleep(RETRY_MS, signal);
    }
  }
}

/** A store that has let a lease run out, and takes longer than this to answer, is away. */
const ANSWER_MS = 1_000;

/** Where the term has ended because the store is away: until that is back, or Mesos listens to another leader. */
async function takeCareUntilBack(
  { store, clock }: Leading,
  plane: ControlPlane,
  until: AbortSignal,
): Promise<void> {
  const answer = () =>
    store.get(LEADER_KEY).then(
      () => true,
      () => false,
    );
  const late = clock.sleep(ANSWER_MS).then(() => false);
  if (until.aborted || (await Promise.race([answer(), late]))) return;
  const back = new AbortController();
  const signal = AbortSignal.any([until, back.signal]);
  const care = plane.takeCare(signal).finally(() => back.abort());
  while (!signal.aborted) {
    if (await answer()) back.abort();
    else await clock.sleep(RETRY_MS, signal);
  }
  await care;
}

const LOOK_MS = 15_000;

/** A store that is full lets nobody become leader who could make room in it: then any replica does. */
async function healWithoutLeader(lead: Leading, until: AbortSignal): Promise<void> {
  const { store, clock, random, log } = lead;
  while (store.upkeep !== undefined && !until.aborted) {
    await clock.sleep(LOOK_MS * (0.5 + random.next() / 2), until);
    if (until.aborted) return;
    try {
      const leader = await store.get(LEADER_KEY);
      if (leader === undefined) await healStore({ store, clock, log, tell: tellOf(lead) });
    } catch (thrown) {
      log.warn('the store was not seen to', { error: asTitanError(thrown).message });
    }
  }
}
