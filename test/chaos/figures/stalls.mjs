/**
 * Loaded into a replica by `--import`: prints the longest that its loop was held, by the processor's time of its own
 * thread, so that other work on the machine does not count; a line for each second in which that grew past 20 ms.
 */
import { threadCpuUsage } from 'node:process';

const EVERY_MS = 5;
const SHOWN_MS = 20;
const SECOND_MS = 1_000;

let before = spentMs();
let longestMs = 0;
/** The longest collection of garbage, which is a part of the stall that it falls in. */
let longestGcMs = 0;
let tellAt = performance.now() + SECOND_MS;

function spentMs() {
  const { user, system } = threadCpuUsage();
  return (user + system) / 1_000;
}

function look() {
  const now = spentMs();
  longestMs = Math.max(longestMs, now - before);
  before = now;
  if (performance.now() < tellAt) return;
  tellAt = performance.now() + SECOND_MS;
  if (longestMs > SHOWN_MS) {
    const [stallMs, gcMs] = [longestMs, longestGcMs].map(Math.round);
    process.stdout.write(`${JSON.stringify({ stallMs, gcMs, at: Date.now() })}\n`);
  }
  longestMs = 0;
  longestGcMs = 0;
}

new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestGcMs = Math.max(longestGcMs, duration);
}).observe({ entryTypes: ['gc'] });

setInterval(look, EVERY_MS).unref();
