/**
 * A Mesos master of our own: a state machine on injected time that gives the answers and events of
 * the v1 API. It knows nothing of sockets, processes or files; `server.ts` serves it over HTTP and
 * `direct.ts` hands calls straight to it.
 */
import type { V1Call } from '../../v1.ts';
import type { Registrar } from '../link.ts';
import { acceptOffers, declineOffers } from './accept.ts';
import { findCallFault } from './call-check.ts';
import { sendMessage, shutdownExecutor } from './executors.ts';
import {
  addFramework,
  awaitReturn,
  disconnect,
  removeFramework,
  revive,
  subscribe,
  updateFramework,
} from './frameworks.ts';
import { answerInverseOffers, endInverseFilters } from './maintenance.ts';
import { reconcileAll, reconcileOne } from './notify.ts';
import { acknowledgeOperation, reconcileOperations } from './operations.ts';
import { answerGet } from './operator/legacy.ts';
import { answerOperator } from './operator/operator.ts';
import { isKnown } from './operator/reads.ts';
import { unwatch } from './operator/stream.ts';
import { markGone, registerAgent } from './registrar.ts';
import { loadRegistry } from './registry-file.ts';
import {
  createState,
  type FrameworkRecord,
  isTerminal,
  type MasterOptions,
  type MasterState,
  type Sink,
} from './state.ts';
import { completeTask } from './tasks.ts';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is a message for people; an object is JSON; absent: an empty body. */
  readonly body?: string | object;
}

/** A call with what its HTTP request says beside the body. */
export interface From {
  readonly streamId?: string;
  /** Called once for an accepted SUBSCRIBE, before its first event. Absent: it can't be served. */
  readonly open?: (streamId: string) => Sink;
  /** The same for a SUBSCRIBE of the operator API. */
  readonly openWatch?: (id: string) => WatchSink;
  /** Who proved to be whom, where the master asks for that. */
  readonly principal?: string;
}

/** Where events of the operator API go. */
export interface WatchSink {
  send(event: object): void;
  end(): void;
}

export interface LocalMaster extends Registrar {
  /** Answers a call of the scheduler API; `undefined` where it went into a stream. */
  scheduler(call: unknown, from: From): Reply | undefined;
  /** The same for the operator API. */
  operator(call: unknown, from?: From): Reply | undefined;
  /** The older endpoints; `undefined` where there is none of this path. */
  get(path: string): Reply | undefined;
  /** What it answers to everything while it starts; `undefined` once it is ready. */
  notReady(): Reply | undefined;
  /** Secrets by principal, where callers must prove who they are. */
  readonly credentials: Readonly<Record<string, string>> | undefined;
  /** The connection of a stream is gone. */
  closed(streamId: string): void;
  /** Ends every stream and timer; the registry stays. */
  stop(): void;
}

export function createMaster(options: MasterOptions): LocalMaster {
  const state = createState(options);
  let stopped = false;
  for (const info of loadRegistry(state)) {
    if (info.id) awaitReturn(state, addFramework(state, info.id.value, info));
  }
  return {
    scheduler: (call, from) => answerScheduler(state, call, from),
    operator: (call, from = {}) => answerOperator(state, call, from),
    get: (path) => answerGet(state, path),
    notReady: () => notReady(state),
    credentials: options.credentials,
    register: (hello, link) => registerAgent(state, hello, link),
    closed(streamId) {
      if (stopped) return;
      disconnect(state, streamId);
      unwatch(state, streamId);
    },
    stop() {
      stopped = true;
      stopTimers(state);
      for (const agent of state.agents.values()) agent.link = undefined;
      for (const watcher of state.watchers) watcher.end();
      for (const framework of state.frameworks.values()) framework.stream?.end();
    },
  };
}

function stopTimers(state: MasterState): void {
  const { offers, agents, operations, watchers, frameworks, maintenance } = state;
  const filters = [...frameworks.values()].map((framework) => framework.filters);
  const all = [offers, agents, operations, frameworks, ...filters, ...maintenance.answers.values()];
  state.stopAllocation?.();
  for (const timers of all) for (const { stopTimer } of timers.values()) stopTimer();
  for (const { stopTimer } of watchers) stopTimer();
}

function notReady({ options, startedAt }: MasterState): Reply | undefined {
  const { startup, clock } = options;
  if (!startup) return undefined;
  const forMs = clock.now() - startedAt;
  if (forMs < startup.silentMs) return { status: 404, body: '404 Not Found.' };
  return forMs < startup.silentMs + startup.recoveringMs
    ? { status: 503, body: 'Master has not finished recovery' }
    : undefined;
}

function answerScheduler(state: MasterState, json: unknown, from: From): Reply | undefined {
  const fault = findCallFault(json);
  if (fault !== undefined) return { status: 400, body: fault };
  const call = json as V1Call;
  if (call.type === 'SUBSCRIBE') return openStream(state, call, from);
  const framework = state.frameworks.get(call.framework_id?.value ?? '');
  if (!framework || !isKnown(framework)) return { status: 400, body: 'Framework cannot be found' };
  if (!framework.stream) return { status: 403, body: 'Framework is not subscribed' };
  if (from.streamId === undefined) {
    return {
      status: 400,
      body: "All non-subscribe calls should include the 'Mesos-Stream-Id' header",
    };
  }
  if (from.streamId !== framework.stream.id) {
    const body =
      `The stream ID '${from.streamId}' included in this request didn't match ` +
      `the stream ID currently associated with framework ID ${framework.id}`;
    return { status: 400, body };
  }
  return takers[call.type ?? '']?.(state, framework, call) ?? { status: 202 };
}

function openStream(state: MasterState, call: V1Call, from: From): Reply | undefined {
  if (from.streamId !== undefined) {
    return { status: 400, body: "Subscribe calls should not include the 'Mesos-Stream-Id' header" };
  }
  if (!from.open) {
    const body = "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'";
    return { status: 406, body };
  }
  if (!call.subscribe) return { status: 400 };
  const { principal } = call.subscribe.framework_info;
  if (from.principal !== undefined && principal !== undefined && principal !== from.principal) {
    const body =
      `Failed to validate scheduler::Call: Authenticated principal '${from.principal}' ` +
      `does not match principal '${principal}' set in \`FrameworkInfo\``;
    return { status: 400, body };
  }
  const id = state.options.random.uuid();
  const sink = from.open(id);
  subscribe(state, call.subscribe, {
    id,
    send: (event) => sink.send(event),
    end: () => sink.end(),
  });
  return undefined;
}

type Taker = (state: MasterState, framework: FrameworkRecord, call: V1Call) => Reply | undefined;

/** What each call does. One that is not here is taken and does nothing: see README.md. */
const takers: Readonly<Record<string, Taker>> = {
  ACCEPT: (state, framework, { accept }) => {
    if (accept) acceptOffers(state, framework, accept);
    return undefined;
  },
  DECLINE: (state, framework, { decline }) => {
    if (decline) declineOffers(state, framework, decline);
    return undefined;
  },
  REVIVE: (state, framework, call) => {
    revive(state, framework, call.revive?.roles);
    endInverseFilters(state, framework);
    return undefined;
  },
  SUPPRESS: (_state, framework, call) => {
    const roles = call.suppress?.roles ?? [];
    const all = framework.info.roles ?? ['*'];
    framework.suppressed = new Set([...framework.suppressed, ...(roles.length > 0 ? roles : all)]);
    return undefined;
  },
  ACCEPT_INVERSE_OFFERS: answerInverse,
  DECLINE_INVERSE_OFFERS: answerInverse,
  KILL: kill,
  ACKNOWLEDGE: acknowledge,
  RECONCILE: (state, framework, call) => {
    const tasks = call.reconcile?.tasks ?? [];
    if (tasks.length === 0) reconcileAll(state, framework);
    for (const { task_id, agent_id } of tasks) {
      const at = agent_id ? { agentId: agent_id.value } : {};
      reconcileOne(state, framework, { taskId: task_id.value, ...at });
    }
    return undefined;
  },
  MESSAGE: sendMessage,
  SHUTDOWN: shutdownExecutor,
  ACKNOWLEDGE_OPERATION_STATUS: (state, framework, { acknowledge_operation_status: said }) => {
    if (said) acknowledgeOperation(state, framework, said);
    return undefined;
  },
  RECONCILE_OPERATIONS: (state, framework, { reconcile_operations: asked }) => {
    if (asked) reconcileOperations(state, framework, asked);
    return undefined;
  },
  UPDATE_FRAMEWORK: (state, framework, { update_framework }) => {
    const fault = update_framework && updateFramework(state, framework, update_framework);
    return fault === undefined ? { status: 200 } : { status: 400, body: fault };
  },
  TEARDOWN: (state, framework) => {
    removeFramework(state, framework);
    return undefined;
  },
};

function answerInverse(state: MasterState, framework: FrameworkRecord, call: V1Call): undefined {
  answerInverseOffers(state, framework, call);
}

function kill(state: MasterState, framework: FrameworkRecord, call: V1Call): undefined {
  if (!call.kill) return;
  const { task_id, agent_id, kill_policy: policy } = call.kill;
  const task = framework.tasks.get(task_id.value);
  if (!task) {
    const at = agent_id ? { agentId: agent_id.value } : {};
    reconcileOne(state, framework, { taskId: task_id.value, ...at });
    return;
  }
  if (agent_id && agent_id.value !== task.agentId) return;
  const agent = state.agents.get(task.agentId);
  if (!agent) return;
  const send = () => agent.link?.kill(framework.id, task.id, policy);
  if (agent.link) send();
  else agent.owedKills.set(`${framework.id} ${task.id}`, send);
}

/** An agent that was to be emptied and then gone is gone with its last task. */
function endDrain(state: MasterState, agentId: string): void {
  const agent = state.agents.get(agentId);
  if (agent?.drain?.markGone && agent.tasks.size === 0) markGone(state, agentId);
}

function acknowledge(state: MasterState, framework: FrameworkRecord, call: V1Call): undefined {
  if (!call.acknowledge) return;
  const { agent_id, task_id, uuid } = call.acknowledge;
  const task = framework.tasks.get(task_id.value);
  if (task && isTerminal(task.sent?.state ?? '') && task.sent?.uuid === uuid) {
    completeTask(state, framework, task);
    endDrain(state, task.agentId);
  }
  state.agents.get(agent_id.value)?.link?.acknowledge(framework.id, task_id.value, uuid);
}
