import type { Task } from '../../src/api/kinds.gen.ts';

/** What the readiness probe of a task that is not ready has seen. */
export function probeText({ spec, status }: Task): string {
  const { probeResult, ready, sidecars = [] } = status ?? {};
  if (spec.readinessProbe === undefined || ready === true) {
    const isReady = (name: string) => sidecars.find((each) => each.name === name)?.ready === true;
    const late = spec.sidecars?.find(
      ({ name, readinessProbe }) => readinessProbe && !isReady(name),
    );
    return `its sidecar ${late?.name} is not ready`;
  }
  return `its readiness probe ${probeResult === undefined ? 'had no answer' : `saw ${probeResult}`}`;
}

/** The first line of what others say, at most so many letters of it: a message is one line. */
export function firstLine(text: string, most: number): string {
  const [line = ''] = text.trimStart().split('\n');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
