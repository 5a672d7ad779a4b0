/** Carries out the checks of one running task, each in its own rhythm, until it is stopped. */
import type { Clock } from '../../../runtime/port.ts';
import type { CheckKind, CheckPlan, CheckResult } from './checks.ts';
import type { RunningTask } from './launcher.ts';

export interface CheckerOptions {
  readonly plans: readonly CheckPlan[];
  readonly clock: Clock;
  readonly running: RunningTask;
  /** May stop the checker. */
  report(kind: CheckKind, result: CheckResult): void;
}

/** @returns what stops it; no `report` comes after that, and commands under way are ended */
export function startChecker(options: CheckerOptions): () => void {
  const stops = options.plans.map((plan) => repeat(plan, options));
  return () => {
    for (const stop of stops) stop();
  };
}

function repeat(plan: CheckPlan, { clock, running, report }: CheckerOptions): () => void {
  let stop = clock.after(plan.delayMs, run);

  function run(): void {
    let stopCommand = () => {};
    const stopTimeout = clock.after(plan.timeoutMs, () => {
      stopCommand();
      settle(undefined);
    });
    stop = () => {
      stopTimeout();
      stopCommand();
    };
    stopCommand = running.check(plan, (result) => {
      stopTimeout();
      settle(result);
    });
  }

  function settle(result: CheckResult): void {
    stop = clock.after(plan.intervalMs, run);
    report(plan.kind, result);
  }

  return () => stop();
}
