import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

interface Ended {
  readonly code: number;
  readonly output: string;
}

export interface Played {
  /** The first seed. */
  readonly from: number;
  /** How many in each process. */
  readonly count: number;
  /** What `npm run simulate` is told beside. */
  readonly options: readonly string[];
}

/** Plays seeds in two processes, one for each processor of the smallest machine; all must keep every promise. */
export async function playInProcesses({ from, count, options }: Played): Promise<void> {
  const both = [from, from + count].map((first) => playInProcess({ from: first, count, options }));
  await Promise.all(both);
}

/** Plays seeds in a process of their own, all of which must keep every promise. @returns what it printed */
export async function playInProcess({ from, count, options }: Played): Promise<string> {
  const { code, output } = await play([...options, '--seeds', `${count}`, '--from', `${from}`]);
  if (code !== 0) expect.fail(output);
  expect(output).to.match(/✓ \d+ (seeds|lives)/);
  return output;
}

async function play(options: readonly string[]): Promise<Ended> {
  const given = ['test/simulation/main.ts', ...options];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, given, { maxBuffer: 2 ** 26 });
    return { code: 0, output: stdout };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
