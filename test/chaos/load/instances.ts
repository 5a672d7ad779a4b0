import { basename } from 'node:path';
import { processesUnder, type TaskProcess } from '../../support/titan.ts';

/** The task processes of each instance, as the machine has them: `<job>/<slot>`. */
export function liveInstances(state: string): ReadonlyMap<string, readonly TaskProcess[]> {
  return Map.groupBy(processesUnder(state), ({ sandbox }) => instanceOf(sandbox));
}

/** A task's folder is called `<job>-<domain>-<slot>-<attempt>.<uid>`. */
function instanceOf(sandbox: string): string {
  const found = /^(?<job>.+)-dc1-(?<slot>[^-]+)-\d+\.[0-9a-f-]{36}/.exec(basename(sandbox));
  return `${found?.groups?.job}/${found?.groups?.slot}`;
}

/** Looks again and again whether an instance has more than one live process. */
export interface InstanceWatch {
  readonly looks: number;
  /** Each doubled instance that was seen, with its processes' folders. */
  readonly doubled: readonly string[];
  stop(): void;
}

const LOOK_MS = 200;

export function watchInstances(state: string): InstanceWatch {
  const doubled: string[] = [];
  let looks = 0;

  /** All of them are there at one moment, since each was before and after the others were. */
  function areTogether(processes: readonly TaskProcess[]): boolean {
    const now = new Set(processesUnder(state).map(({ pid }) => pid));
    return processes.every(({ pid }) => now.has(pid));
  }

  const timer = setInterval(() => {
    looks += 1;
    for (const [instance, processes] of liveInstances(state)) {
      if (processes.length < 2 || !areTogether(processes)) continue;
      doubled.push(`${instance}: ${processes.map(({ sandbox }) => basename(sandbox)).join(', ')}`);
    }
  }, LOOK_MS);
  return {
    get looks() {
      return looks;
    },
    doubled,
    stop: () => clearInterval(timer),
  };
}
