import { apiVersionOf } from '../../src/api/kind.ts';
import { AGENT, type Agent, type Task } from '../../src/api/kinds.gen.ts';
import { keyOf, type Millis } from '../../src/api/object.ts';
import type { Framework } from '../../src/mesos/port.ts';
import { type Loop, type Runtime, runLoop } from '../../src/runtime/controller.ts';
import { sameJson } from '../../src/runtime/equal.ts';
import { inGroups, throwFirst } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import { type AgentStep, planAgents } from './plan.ts';
import { createUsage } from './status.ts';

export interface AgentOptions extends Runtime {
  readonly framework: Pick<Framework, 'agents' | 'connected' | 'absences'>;
  readonly agents: Informer<Agent>;
  /** With the indexes `agent`: live tasks by agent id, and `failed`: `yes` for those that ended so. */
  readonly tasks: Informer<Task>;
}

const POLL_MS = 30_000;
const CONCURRENCY = 50;

/** Shows Mesos' agents as Agent objects. While Mesos is away they stay as they are. */
export function runAgents(options: AgentOptions): Loop {
  const { client, clock, framework, agents, tasks, log, recorder } = options;
  const usedBy = createUsage();
  const goneSince = new Map<string, Millis>();

  function noteGone(): void {
    for (const { metadata, status } of agents.values()) {
      if (status?.phase !== 'Gone') goneSince.delete(metadata.name);
      else if (!goneSince.has(metadata.name)) goneSince.set(metadata.name, clock.now());
    }
    for (const name of goneSince.keys()) if (!agents.get(name)) goneSince.delete(name);
  }

  async function write(agent: Agent, status: Agent['status']): Promise<void> {
    if (status === undefined || sameJson(agent.status, status)) return;
    await client.updateStatus(AGENT, { ...agent, status });
    tellOfQuarantine(agent, status);
    if (agent.status?.phase === status.phase) return;
    log.info('agent changed', { agent: agent.metadata.name, phase: status.phase });
  }

  function tellOfQuarantine(agent: Agent, { quarantine }: NonNullable<Agent['status']>): void {
    const before = agent.status?.quarantine;
    if (before === undefined && quarantine !== undefined) {
      const message = `It takes no new tasks until ${quarantine.until}: ${quarantine.message}`;
      recorder.warning(agent, 'Quarantined', message);
    }
    if (before !== undefined && quarantine === undefined) {
      recorder.normal(agent, 'QuarantineEnded', 'It takes new tasks again');
    }
  }

  async function take(step: AgentStep): Promise<void> {
    if (step.do === 'update') return write(step.agent, step.status);
    if (step.do === 'remove') return client.delete(AGENT, keyOf(step.agent));
    const metadata = { name: step.name };
    const draft = { apiVersion: apiVersionOf(AGENT), kind: AGENT.kind, metadata, spec: {} };
    await write(await client.create(AGENT, draft), step.status);
  }

  async function pass(): Promise<Millis> {
    if (!framework.connected) return POLL_MS;
    const absences = framework.absences();
    const seen = (await framework.agents()).map((agent) => {
      const away = absences.get(agent.agentId);
      return away === undefined ? agent : { ...agent, away };
    });
    noteGone();
    const world = {
      seen,
      agents: [...agents.values()],
      tasksOn: (agentId: string) => tasks.by('agent', agentId),
      usedBy,
      goneSince,
      failed: tasks.by('failed', 'yes'),
      now: clock.now(),
    };
    const steps = await inSlices(planAgents(world), clock);
    throwFirst(await inGroups(steps, CONCURRENCY, take));
    return POLL_MS;
  }

  return runLoop({ ...options, name: 'agent', pass });
}
