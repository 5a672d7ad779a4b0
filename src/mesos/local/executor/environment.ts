import { readResources } from '../../resources.ts';
import type { V1Command } from '../../v1.ts';
import type { ContainerOrder } from './launcher.ts';

interface Host {
  readonly hostname: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a container finds in its environment: the host's, ours, its own; the last wins. */
export function containerEnvironment(
  { frameworkId, task, holder }: ContainerOrder,
  sandbox: string,
  { hostname, environment }: Host,
): Record<string, string> {
  const taskId = task?.task_id.value;
  const ports = readResources((task ?? holder?.info)?.resources).ports.flatMap(({ begin, end }) =>
    Array.from({ length: end - begin + 1 }, (_, index) => String(begin + index)),
  );
  return {
    ...environment,
    HOME: sandbox,
    HOST: hostname,
    MESOS_SANDBOX: sandbox,
    ...(taskId === undefined ? { MESOS_DIRECTORY: sandbox } : { MESOS_TASK_ID: taskId }),
    MESOS_EXECUTOR_ID: holder?.info.executor_id?.value ?? taskId ?? '',
    MESOS_FRAMEWORK_ID: frameworkId,
    PORTS: ports.join(','),
    ...Object.fromEntries(ports.map((port, index) => [`PORT${index}`, port])),
    ...(task ? {} : holder?.variables),
    ...variablesOf(task ? task.command : holder?.info.command),
  };
}

/** What a command says of its environment. */
export function variablesOf(command: V1Command | undefined): Record<string, string> {
  const variables = command?.environment?.variables ?? [];
  return Object.fromEntries(variables.map(({ name, value = '' }) => [name, value]));
}
