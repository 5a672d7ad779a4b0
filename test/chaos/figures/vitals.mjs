/**
 * Loaded into a replica by `--import`, with `--expose-gc`: prints a line each time that the process is sent SIGUSR2, of
 * what it holds, and of how late its event loop was since the line before: by the wall clock, and by the processor's
 * time of its own thread, so that other work on the machine does not count.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { createHistogram } from 'node:perf_hooks';
import { threadCpuUsage } from 'node:process';

const EVERY_MS = 5;
const NS_PER_MS = 1_000_000;
const US_PER_MS = 1_000;
const MIB = 1_048_576;
const SHARE = 99.9;
const DESCRIPTORS = '/proc/self/fd';

let lateByWall = createHistogram();
let lateByCpu = createHistogram();
let seen = marks();

function marks() {
  const { user, system } = threadCpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / US_PER_MS };
}

function look() {
  const now = marks();
  record(lateByWall, now.wallMs - seen.wallMs - EVERY_MS);
  record(lateByCpu, now.cpuMs - seen.cpuMs);
  seen = now;
}

function record(histogram, ms) {
  histogram.record(Math.max(1, Math.round(ms * NS_PER_MS)));
}

function delayMs(histogram) {
  return histogram.count === 0 ? 0 : histogram.percentile(SHARE) / NS_PER_MS;
}

/** Sockets, and whatever else the system has open for this process. */
function countDescriptors() {
  const targets = readdirSync(DESCRIPTORS).map(targetOf);
  const sockets = targets.filter((target) => target.startsWith('socket:')).length;
  return { sockets, others: targets.length - sockets };
}

/** The folder that was read is closed by then. */
function targetOf(descriptor) {
  try {
    return readlinkSync(`${DESCRIPTORS}/${descriptor}`);
  } catch {
    return '';
  }
}

process.on('SIGUSR2', () => {
  const delays = { wallMs: delayMs(lateByWall), cpuMs: delayMs(lateByCpu) };
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const timers = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  const open = { timers, ...countDescriptors() };
  const held = { rssMib: rss / MIB, heapMib: heapUsed / MIB, cpuMs: (user + system) / US_PER_MS };
  process.stdout.write(`${JSON.stringify({ vitals: { ...held, delays, open } })}\n`);
  [lateByWall, lateByCpu] = [createHistogram(), createHistogram()];
  // That collection is this line's own doing.
  seen = marks();
});

setInterval(look, EVERY_MS).unref();
