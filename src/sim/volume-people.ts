import { apiVersionOf } from '../api/kind.ts';
import { VOLUME, type Volume } from '../api/kinds.gen.ts';
import type { Draft, Millis } from '../api/object.ts';
import type { WeatherOptions } from './weather.ts';

export interface VolumePeopleOptions
  extends Pick<WeatherOptions, 'client' | 'clock' | 'random' | 'scenario'> {
  /** Does it, unless the world has changed meanwhile. */
  person(what: string, deed: () => Promise<unknown>): Promise<void>;
}

/** How often people look whether their Volumes are there. */
const LOOK_MS: Millis = 10_000;

/**
 * People who want the Volumes of a scenario, and make again what is gone; none where it has none.
 *
 * @returns what deletes one of them
 */
export function keepVolumes(options: VolumePeopleOptions): () => Promise<void> {
  const { client, clock, random, person } = options;
  const { volumes, replicasMax } = options.scenario;
  const names =
    volumes === undefined
      ? []
      : Array.from({ length: replicasMax }, (_, index) => `${volumes}-${index}`);

  async function keep(): Promise<void> {
    for (const name of names) {
      await person(`keep the volume ${name}`, () => client.create(VOLUME, aVolume(name)));
    }
    if (names.length > 0) clock.after(LOOK_MS, () => void keep());
  }

  void keep();
  return async () => {
    const name = names[Math.floor(random.next() * names.length)];
    if (name === undefined) return;
    await person(`delete the volume ${name}`, () =>
      client.delete(VOLUME, { namespace: 'default', name }),
    );
  };
}

function aVolume(name: string): Draft<Volume> {
  return {
    apiVersion: apiVersionOf(VOLUME),
    kind: VOLUME.kind,
    metadata: { name, namespace: 'default' },
    spec: { driver: 'mesos', size: '100Mi', reclaimPolicy: 'Delete' },
  };
}
