/** Containers inside those of executors: launched, waited for, attached to, ended by operators. */
import type { V1Command } from '../../../v1.ts';
import type { ContainerId } from '../../executor/container-status.ts';
import type { CommandObserver, ContainerOrder, RunningCommand } from '../../executor/launcher.ts';
import type { Reply } from '../../master/master.ts';
import type { LocalAgent } from '../agent.ts';
import type { Listener } from '../nested-containers.ts';
import { executorsOf } from './executors.ts';

export interface ContainerCall {
  readonly container_id: ContainerId;
  readonly command?: V1Command;
  readonly signal?: number;
}

/** Where a session's outputs go. */
export interface OutputStream {
  send(message: object): void;
  end(): void;
}

const killSignal = 9;

/** @returns the refusal, or `undefined` once it runs */
export function launchNested(
  agent: LocalAgent,
  { container_id: id, command = {} }: ContainerCall,
  session?: Listener,
): Reply | undefined {
  if (!id.parent) {
    return { status: 501, body: 'The local agent launches no standalone containers' };
  }
  const order = findOrder(agent, id.parent);
  const { inside } = agent;
  if (!order || !inside) return notFound(`Container ${idInWords(id.parent)} cannot be found`);
  if (agent.nested.find(id)) return { status: 202 };
  const run = (observer: CommandObserver): RunningCommand => inside.run(order, command, observer);
  return agent.nested.launch(id, run, session)
    ? undefined
    : { status: 503, body: 'Too many nested containers run on this agent' };
}

/** Tells the outputs of a session as they come, then ends. */
export function listenerTo(stream: OutputStream): Listener {
  return {
    said(type, bytes) {
      stream.send({ type: 'DATA', data: { type, data: bytes.toString('base64') } });
    },
    ended: () => stream.end(),
  };
}

export function attachOutput(
  agent: LocalAgent,
  { container_id: id }: ContainerCall,
  open: () => OutputStream,
): Reply | undefined {
  const nested = agent.nested.find(id);
  if (nested?.isSession) {
    agent.nested.attach(id, listenerTo(open()));
    return undefined;
  }
  return nested || findOrder(agent, id) ? noSwitchboard : notFound(cannotBeFound(id));
}

const noSwitchboard: Reply = {
  status: 500,
  body: 'I/O switchboard server was disabled for this container',
};

export function waitNested(
  agent: LocalAgent,
  { container_id: id }: ContainerCall,
  tell: (status: number) => void,
): Reply | undefined {
  if (!agent.nested.find(id)) return notFound(cannotBeFound(id));
  agent.nested.wait(id, tell);
  return undefined;
}

export function killNested(
  agent: LocalAgent,
  { container_id: id, signal = killSignal }: ContainerCall,
): Reply {
  const nested = agent.nested.find(id);
  if (!nested || nested.status !== undefined) {
    return notFound(`Container '${idInWords(id)}' cannot be found (or is already killed)`);
  }
  nested.command.signal(signal);
  return { status: 200 };
}

export function removeNested(agent: LocalAgent, { container_id: id }: ContainerCall): Reply {
  const nested = agent.nested.find(id);
  if (nested && nested.status === undefined) {
    return { status: 500, body: 'Nested container has not terminated yet' };
  }
  if (!id.parent || !findOrder(agent, id.parent)) return notFound(cannotBeFound(id));
  agent.nested.remove(id);
  return { status: 200 };
}

/** Writes to a session's input, or closes it. */
export function writeInput(
  agent: LocalAgent,
  id: ContainerId,
  input: Uint8Array | 'end',
): Reply | undefined {
  const nested = agent.nested.find(id);
  if (!nested) return findOrder(agent, id) ? noSwitchboard : notFound(cannotBeFound(id));
  if (!nested.isSession) return noSwitchboard;
  if (input === 'end') nested.command.closeInput();
  else if (input.length > 0) nested.command.write(input);
  return undefined;
}

/** The container of an executor, or of a task inside one, by its id. */
function findOrder(agent: LocalAgent, { value, parent }: ContainerId): ContainerOrder | undefined {
  const top = parent ? parent.value : value;
  const executor = executorsOf(agent).find(({ containerId }) => containerId === top);
  if (!executor || !parent) return executor?.order;
  const task = executor.tasks.find((one) => {
    return one.executor?.keptRun(one.id)?.containerId === value;
  });
  return task && { ...executor.order, task: task.order.task };
}

function cannotBeFound(id: ContainerId): string {
  return `Container ${idInWords(id)} cannot be found`;
}

function notFound(body: string): Reply {
  return { status: 404, body };
}

function idInWords({ value, parent }: ContainerId): string {
  return parent ? `${idInWords(parent)}.${value}` : value;
}
