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
  /** How many in each of the two processes. */
  readonly count: number;
  /** What `npm run simulate` is told beside. */
  readonly options: readonly string[];
}

/** Plays seeds in two processes, one for each processor of the smallest machine; all must keep every promise. */
export async function playInProcesses({ from, count, options }: Played): Promise<void> {
  const ended = await Promise.all(
    [from, from + count].map((first) => {
      return play([...options, '--seeds', `${count}`, '--from', `${first}`]);
    }),
  );
  for (const { code, output } of ended) if (code !== 0) expect.fail(output);
  for (const { output } of ended) expect(output).to.match(/✓ \d+ (seeds|lives)/);
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
