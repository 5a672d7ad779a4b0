/** The host ports of a task, and their names in order. */
export interface NamedPorts {
  readonly ports: readonly number[];
  readonly portNames?: readonly string[];
}

/** The port that a probe means: a number, a name, or PORT0, PORT1 …; `undefined` where it means none. */
export function portNumberOf(
  port: number | string,
  { ports, portNames = [] }: NamedPorts,
): number | undefined {
  if (typeof port === 'number') return port >= 1 && port <= 65_535 ? port : undefined;
  const named = portNames.indexOf(port);
  if (named >= 0) return ports[named];
  const index = /^PORT(?<index>\d{1,3})$/.exec(port)?.groups?.index;
  return index === undefined ? undefined : ports[Number(index)];
}
