import type { Millis } from '../../src/api/object.ts';
import type { Framework } from '../../src/mesos/port.ts';
import type { Clock } from '../../src/runtime/port.ts';

/** Since when Mesos has been there: what happens only while it is there must not be timed without it. */
export interface Connection {
  /** `undefined` while Mesos is away. */
  since(): Millis | undefined;
  stop(): void;
}

export function watchConnection(
  framework: Pick<Framework, 'connected' | 'onChange'>,
  clock: Clock,
): Connection {
  let since: Millis | undefined;

  function look(): void {
    if (!framework.connected) since = undefined;
    else since ??= clock.now();
  }

  const stop = framework.onChange((what) => {
    if (what === 'connection') look();
  });
  look();
  return { since: () => since, stop };
}
