import { watch } from 'chokidar';
import { asTitanError, type TitanError } from '../api/error.ts';
import type { Clock } from '../runtime/port.ts';
import type { Applied, Cluster } from './cluster.ts';
import { type DesiredObject, describeObject, type Problem } from './document.ts';
import { isManifestFile, readManifests } from './folder.ts';
import { planSync, SET_LABEL, type Step, SYNCED_KINDS } from './plan.ts';

const MANAGER = 'titan-sync';
/** Changes of files that come together make one pass. */
const SETTLE_MS = 100;
/** A pass without any change puts right what others did to the cluster. */
const RESYNC_MS = 60_000;
const RETRY_MS = 5_000;

/** What a sync tells its caller while it works. */
export type SyncEvent =
  | { readonly type: 'problem'; readonly problem: Problem }
  | { readonly type: 'applied'; readonly object: string; readonly result: Applied }
  | { readonly type: 'pruned'; readonly object: string }
  | {
      readonly type: 'refused';
      readonly object: string;
      readonly from: string;
      readonly error: TitanError;
    }
  | { readonly type: 'held'; readonly reason: string }
  | { readonly type: 'pass'; readonly problems: number; readonly objects: number };

export interface SyncOptions {
  readonly folder: string;
  /** Names what this folder owns, so that two folders never prune each other's objects. */
  readonly set: string;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: (event: SyncEvent) => void;
}

/**
 * Makes the cluster equal to the folder once.
 *
 * @returns how many files, documents or objects could not be brought in
 */
export async function syncOnce({ folder, set, cluster, report }: SyncOptions): Promise<number> {
  const reading = await readManifests(folder);
  for (const problem of reading.problems) report({ type: 'problem', problem });
  const owned = await listOwned(cluster, set);
  const plan = planSync(reading, owned, { set, namespace: cluster.namespace });
  if (plan.pruningHeld !== undefined) report({ type: 'held', reason: plan.pruningHeld });
  let problems = reading.problems.length;
  for (const step of plan.steps) {
    if (!(await take(step, cluster, report))) problems += 1;
  }
  report({ type: 'pass', problems, objects: reading.manifests.length });
  return problems;
}

async function listOwned(cluster: Cluster, set: string): Promise<readonly DesiredObject[]> {
  const lists = await Promise.all(
    SYNCED_KINDS.map(({ apiVersion, kind }) =>
      cluster.list(apiVersion, kind, `${SET_LABEL}=${set}`),
    ),
  );
  return lists.flat();
}

async function take(step: Step, cluster: Cluster, report: SyncOptions['report']): Promise<boolean> {
  const object = describeObject(step.object);
  try {
    if (step.do === 'prune') {
      await cluster.remove(step.object);
      report({ type: 'pruned', object });
    } else {
      const result = await cluster.apply(step.object, { manager: MANAGER, force: true });
      report({ type: 'applied', object, result });
    }
    return true;
  } catch (thrown) {
    const from = step.do === 'apply' ? step.from : 'prune';
    report({ type: 'refused', object, from, error: asTitanError(thrown) });
    return false;
  }
}

/** Keeps the cluster equal to the folder until `signal` aborts. */
export async function syncForever(options: SyncOptions, signal: AbortSignal): Promise<void> {
  const { folder, clock, report } = options;
  let wake = new AbortController();
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !isManifestFile(path),
  });
  watcher.on('all', () => wake.abort());
  try {
    while (!signal.aborted) {
      wake = new AbortController();
      const waitMs = await passWaitMs(options, report);
      await clock.sleep(waitMs, AbortSignal.any([signal, wake.signal]));
      await clock.sleep(SETTLE_MS, signal);
    }
  } finally {
    await watcher.close();
  }
}

async function passWaitMs(options: SyncOptions, report: SyncOptions['report']): Promise<number> {
  try {
    return (await syncOnce(options)) === 0 ? RESYNC_MS : RETRY_MS;
  } catch (thrown) {
    const error = asTitanError(thrown);
    report({ type: 'refused', object: options.folder, from: options.cluster.server, error });
    return RETRY_MS;
  }
}
