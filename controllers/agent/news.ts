import { asTitanError } from '../../src/api/error.ts';
import type { Millis } from '../../src/api/object.ts';
import type { Operator } from '../../src/mesos/port.ts';
import type { Running, Runtime } from '../../src/runtime/controller.ts';

export interface NewsOptions extends Pick<Runtime, 'clock' | 'random' | 'log'> {
  readonly operator: Pick<Operator, 'agentNews'>;
  /** Agents may have changed. */
  look(): void;
}

const BACKOFF_MS = { initial: 1_000, limit: 60_000 };

/** Follows what Mesos tells operators of agents, and comes back after every loss. */
export function followAgentNews({ clock, random, log, operator, look }: NewsOptions): Running {
  const stopping = new AbortController();
  const { signal } = stopping;

  /** @returns whether anything came before it ended */
  async function follow(): Promise<boolean> {
    let came = false;
    try {
      for await (const _ of operator.agentNews(signal)) {
        came = true;
        look();
      }
    } catch (thrown) {
      const { message } = asTitanError(thrown);
      log.info('Mesos tells operators nothing now, agents are read anyway', { error: message });
    }
    return came;
  }

  async function run(): Promise<void> {
    let waitMs: Millis = BACKOFF_MS.initial;
    while (!signal.aborted) {
      waitMs = (await follow()) ? BACKOFF_MS.initial : Math.min(waitMs * 2, BACKOFF_MS.limit);
      await clock.sleep(waitMs * (0.5 + random.next() / 2), signal);
    }
  }

  const running = run();
  return {
    idle: true,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
