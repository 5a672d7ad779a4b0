import { spawnSync } from 'node:child_process';

/** Seeds are smaller than this. */
const SEEDS = 2 ** 31;

/**
 * The first of the seeds that this commit is tried with: others at each commit, and the same whenever it is
 * tried again. `SIMULATION_FROM` names another.
 */
export function freshSeed(): number {
  const given = process.env.SIMULATION_FROM;
  if (given !== undefined) return Number(given);
  const { stdout, status } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(stdout.slice(0, 8), 16) % SEEDS : 1;
}
