import { readResources } from '../../resources.ts';
import type { V1Command } from '../../v1.ts';
import type { LaunchOrder } from '../link.ts';

interface Host {
  readonly hostname: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a task finds in its environment: the host's, ours, its own; the last wins. */
export function taskEnvironment(
  { frameworkId, task }: LaunchOrder,
  sandbox: string,
  { hostname, environment }: Host,
): Record<string, string> {
  const ports = readResources(task.resources).ports.flatMap(({ begin, end }) =>
    Array.from({ length: end - begin + 1 }, (_, index) => String(begin + index)),
  );
  return {
    ...environment,
    HOME: sandbox,
    HOST: hostname,
    MESOS_SANDBOX: sandbox,
    MESOS_TASK_ID: task.task_id.value,
    MESOS_EXECUTOR_ID: task.task_id.value,
    MESOS_FRAMEWORK_ID: frameworkId,
    PORTS: ports.join(','),
    ...Object.fromEntries(ports.map((port, index) => [`PORT${index}`, port])),
    ...variablesOf(task.command),
  };
}

/** What a command says of its environment. */
export function variablesOf(command: V1Command | undefined): Record<string, string> {
  const variables = command?.environment?.variables ?? [];
  return Object.fromEntries(variables.map(({ name, value = '' }) => [name, value]));
}
