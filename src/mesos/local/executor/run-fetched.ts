import { asTitanError } from '../../../api/error.ts';
import type { V1Uri } from '../../v1-container.ts';
import { fetchUris } from './fetch.ts';
import type { Observer, RunningTask } from './launcher.ts';

/** SIGTERM, as it would have been. */
const terminated = 15;

interface Fetched {
  readonly uris: readonly V1Uri[];
  /** The sandbox. */
  readonly folder: string;
  readonly run: () => RunningTask;
  readonly check: RunningTask['check'];
  readonly observer: Observer;
}

/** Runs a container once its URIs are there. One that is released before that never runs. */
export function runFetched({ uris, folder, run, check, observer }: Fetched): RunningTask {
  const stop = new AbortController();
  let running: RunningTask | undefined;
  let isReleased = false;

  function begin(fault: string | undefined): void {
    if (isReleased) return;
    if (stop.signal.aborted) observer.ended({ how: 'signaled', signal: terminated });
    else if (fault !== undefined) fail(fault);
    else running = run();
  }

  function fail(message: string): void {
    observer.ended({ how: 'notLaunched', message });
  }

  fetchUris(uris, folder, stop.signal)
    .then(begin)
    .catch((thrown: unknown) => fail(asTitanError(thrown).message));
  return {
    terminate: () => (running ? running.terminate() : stop.abort()),
    kill: () => (running ? running.kill() : stop.abort()),
    check,
    release() {
      isReleased = true;
      stop.abort();
      running?.release();
    },
  };
}
