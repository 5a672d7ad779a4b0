import { asTitanError } from '../../src/api/error.ts';
import { isFrozen, MASS_LOSS } from '../../src/api/guard.ts';
import {
  type Agent,
  FAULT_DOMAIN,
  type FaultDomain,
  type FaultDomainStatus,
  type Task,
} from '../../src/api/kinds.gen.ts';
import type { OpenPeer, Peer } from '../../src/federation/port.ts';
import type { Framework } from '../../src/mesos/port.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { FRAMEWORK_HALTED, ownStatus, type Pulse, peerStatus } from './status.ts';

export interface FaultDomainOptions extends Runtime {
  readonly home: string;
  readonly framework: Pick<Framework, 'connected' | 'halted' | 'problem'>;
  readonly agents: Informer<Agent>;
  /** With an index `running`: `yes` where the task runs. */
  readonly tasks: Informer<Task>;
  readonly openPeer: OpenPeer;
}

const HEARTBEAT_MS = 5_000;
const ANSWER_MS = 3_000;
/** Every how many heartbeats a peer is asked what it says of itself. */
const REPORT_EVERY = 3;

interface Contact {
  readonly api: string;
  readonly peer: Peer;
  misses: number;
  beats: number;
  /** Not before this moment is the next heartbeat due, whoever asks to look again. */
  nextAt: number;
}

/** Says of every fault domain whether it answers; of this one, what it has. */
export function faultDomainController(options: FaultDomainOptions): Controller<FaultDomain> {
  const { clock, home, framework, agents, tasks, recorder } = options;
  const contacts = new Map<string, Contact>();

  function contactOf(domain: FaultDomain): Contact {
    const { name } = domain.metadata;
    const known = contacts.get(name);
    if (known?.api === domain.spec.api) return known;
    const peer = options.openPeer(domain);
    const contact = { api: domain.spec.api, peer, misses: 0, beats: 0, nextAt: 0 };
    contacts.set(name, contact);
    return contact;
  }

  async function beat(domain: FaultDomain, contact: Contact): Promise<Pulse> {
    const timer = new AbortController();
    const cancel = clock.after(ANSWER_MS, () => timer.abort());
    try {
      await contact.peer.heartbeat(timer.signal);
      const report = await reportOf(domain, contact, timer.signal);
      contact.misses = 0;
      contact.beats += 1;
      return { misses: 0, ...(report === undefined ? {} : { report }) };
    } catch (thrown) {
      contact.misses += 1;
      return { misses: contact.misses, error: asTitanError(thrown).message };
    } finally {
      cancel();
    }
  }

  async function reportOf(
    { metadata }: FaultDomain,
    { peer, beats }: Contact,
    signal: AbortSignal,
  ): Promise<FaultDomainStatus | undefined> {
    if (beats % REPORT_EVERY !== 0) return undefined;
    const { items } = await peer.list(FAULT_DOMAIN, signal);
    return items.find((item) => item.metadata.name === metadata.name)?.status;
  }

  async function visit(domain: FaultDomain): Promise<Outcome<FaultDomainStatus>> {
    const contact = contactOf(domain);
    const leftMs = contact.nextAt - clock.now();
    if (leftMs > 0) return { wakeInMs: leftMs };
    const pulse = await beat(domain, contact);
    contact.nextAt = clock.now() + HEARTBEAT_MS;
    const status = peerStatus(domain, pulse, clock.now());
    if (status.phase !== domain.status?.phase) tell(domain, status);
    return { status, wakeInMs: HEARTBEAT_MS };
  }

  function tell(domain: FaultDomain, { phase, message = '' }: FaultDomainStatus): void {
    if (phase === 'Unreachable') recorder.warning(domain, 'DomainUnreachable', message);
    else if (domain.status?.phase !== undefined) {
      recorder.normal(domain, 'DomainReachable', 'It answers again');
    }
  }

  function tellOfLoss(domain: FaultDomain, { conditions = [] }: FaultDomainStatus): void {
    const now = conditions.find(({ type }) => type === MASS_LOSS);
    const was = isFrozen(domain);
    if (now === undefined || (now.status === 'True') === was) return;
    if (was) recorder.normal(domain, 'MassLossOver', now.message ?? '');
    else recorder.warning(domain, 'MassLoss', now.message ?? '');
  }

  function tellOfHalt(domain: FaultDomain): void {
    const known = domain.status?.conditions?.some(({ reason }) => reason === FRAMEWORK_HALTED);
    if (framework.halted === undefined || known === true) return;
    recorder.warning(domain, FRAMEWORK_HALTED, framework.halted);
  }

  async function reconcile(domain: FaultDomain): Promise<Outcome<FaultDomainStatus>> {
    if (domain.metadata.name !== home) return visit(domain);
    const status = ownStatus(domain, {
      agents: [...agents.values()],
      running: tasks.count('running', 'yes'),
      mesosConnected: framework.connected,
      halted: framework.halted,
      problem: framework.problem,
      now: clock.now(),
    });
    tellOfLoss(domain, status);
    tellOfHalt(domain);
    return { status, wakeInMs: Number.POSITIVE_INFINITY };
  }

  return { name: 'faultdomain', kind: FAULT_DOMAIN, reconcile };
}
