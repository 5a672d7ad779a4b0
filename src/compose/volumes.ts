import type { Task, Volume } from '../api/kinds.gen.ts';
import { isDeleting } from '../api/object.ts';
import { volumePhase } from '../api/volume.ts';
import type { Framework } from '../mesos/port.ts';
import type { ControllerLoop, Loop } from '../runtime/controller.ts';
import { type Informers, volumeKeysOf } from './informers.ts';

export interface VolumeWatch {
  /** A task came, went or changed: so may who uses its Volumes. */
  changed(task: Task): void;
  /** An agent came or went. */
  lookAt(agent: string | undefined): void;
  stop(): void;
}

interface VolumeWatchOptions {
  readonly informers: Pick<Informers, 'volumes'>;
  readonly framework: Pick<Framework, 'onChange'>;
  readonly loops: {
    readonly volume: ControllerLoop;
    readonly orphans: Loop;
    readonly placement: Loop;
  };
}

/** Changes that come within these times are looked at together. */
const SETTLE_MS = { volumes: 20, placement: 5 };

/** Who looks again when Volumes change, or when what they wait for does. */
export function watchVolumes({ informers, framework, loops }: VolumeWatchOptions): VolumeWatch {
  function lookWhere(matches: (volume: Volume) => boolean): void {
    for (const volume of informers.volumes.values()) {
      const { namespace = 'default', name } = volume.metadata;
      if (matches(volume)) loops.volume.enqueue(`${namespace}/${name}`, SETTLE_MS.volumes);
    }
  }

  const stops = [
    informers.volumes.onChange(() => loops.placement.wake(SETTLE_MS.placement)),
    framework.onChange((what) => {
      if (what !== 'offers') return;
      lookWhere((volume) => isDeleting(volume) || volumePhase(volume) !== 'Ready');
      loops.orphans.wake();
    }),
  ];
  return {
    changed(task) {
      for (const key of volumeKeysOf(task)) loops.volume.enqueue(key, SETTLE_MS.volumes);
    },
    lookAt: (agent) => lookWhere(({ status }) => status?.agent === agent),
    stop() {
      for (const stop of stops) stop();
    },
  };
}
