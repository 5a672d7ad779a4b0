import { type LifeResult, playLife } from './play.ts';

/** One seed of so many is played twice, to see that it does the same. */
const REPLAYED = 50;
const PROGRESS = 500;

/** What was broken in one life, if anything was; one of so many is played once more. */
async function brokenIn(seed: number, result: LifeResult): Promise<string | undefined> {
  if (result.broken !== undefined || seed % REPLAYED !== 0) return result.broken;
  const again = await playLife({ seed });
  return again.hash === result.hash ? undefined : 'it did not do the same when played again';
}

/** Plays the lives of jobs, and prints of each that breaks a promise how it came to that. */
export async function playLives(from: number, count: number, trace: boolean): Promise<boolean> {
  const cpu = process.cpuUsage();
  const total = { failed: 0, passes: 0, simulatedMs: 0 };
  for (let seed = from; seed < from + count; seed += 1) {
    const result = await playLife({ seed, tail: trace ? 1_000_000 : 40 });
    total.passes += result.passes;
    total.simulatedMs += result.simulatedMs;
    const broken = await brokenIn(seed, result);
    if (broken !== undefined) total.failed += 1;
    const ending = broken === undefined ? [] : [`✗ life ${seed}: ${broken}`];
    if (trace || broken !== undefined) print([...result.tail, ...ending].join('\n'));
    const played = seed - from + 1;
    if (played % PROGRESS === 0) {
      process.stderr.write(`${played} of ${count} lives, ${total.failed} broke a promise\n`);
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  const { failed, passes, simulatedMs } = total;
  const each = ((user + system) / 1_000 / count).toFixed(1);
  const hours = Math.round(simulatedMs / 3_600_000);
  print(
    `${failed === 0 ? '✓' : '✗'} ${count} lives from seed ${from} on, ${failed} broke a promise; ${hours} hours, ${passes} passes, ${each} ms of the processor each`,
  );
  return failed === 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
