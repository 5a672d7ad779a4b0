import type { Task, Volume } from '../../api/kinds.gen.ts';
import { keyOf, keyText } from '../../api/object.ts';
import { asPlaced, claimedBy, claimLack, claimsApart } from '../objects/claims.ts';
import type { ForecastWorld } from './world.ts';

/** The Volumes of the fault domain as tasks come and go in the forecast. */
export interface ForecastClaims {
  /** What keeps the task from its Volumes, for people; `undefined` where nothing does. */
  lackOf(task: Task): string | undefined;
  asPlaced(task: Task): Task;
  /** From now on the task uses its Volumes, which are on that agent. */
  take(task: Task, agent: string): void;
  /** The task uses them no more. */
  leave(task: Task): void;
}

/** @param tasks those that there would be: a Volume of any other is free */
export function forecastClaims(world: ForecastWorld, tasks: readonly Task[]): ForecastClaims {
  const holders = new Set(
    tasks.flatMap(({ metadata, status }) => (status?.agent === undefined ? [] : metadata.uid)),
  );
  const gone = new Set(world.agents.filter(world.fails).map(({ metadata }) => metadata.name));
  const volumes = new Map(
    world.volumes.map((volume) => {
      const isHeld = holders.has(volume.status?.attachedTo?.uid ?? '');
      return [keyText(keyOf(volume)), isHeld ? volume : unattached(volume)] as const;
    }),
  );
  const claimed = (task: Task) => claimedBy(task, (key) => volumes.get(key));

  function lackOf(task: Task): string | undefined {
    const own = claimed(task);
    const lacks = own.flatMap((each) => claimLack(task, each) ?? awayText(each.volume) ?? []);
    return lacks[0] ?? claimsApart(task, own);
  }

  function awayText(volume: Volume | undefined): string | undefined {
    const { agent = '' } = volume?.status ?? {};
    if (volume === undefined || !gone.has(agent)) return undefined;
    return `the Volume ${keyText(keyOf(volume))} is on ${agent}, which would be gone`;
  }

  return {
    lackOf,
    asPlaced: (task) => asPlaced(task, claimed(task)),
    take(task, agent) {
      const { name, uid } = task.metadata;
      for (const { key, volume } of claimed(task)) {
        if (volume === undefined) continue;
        const status = { ...volume.status, agent, attachedTo: { task: name, uid } };
        volumes.set(key, { ...volume, status: { ...status, phase: 'Ready' } });
      }
    },
    leave(task) {
      for (const { key, volume } of claimed(task)) {
        const isOwn = volume?.status?.attachedTo?.uid === task.metadata.uid;
        if (volume !== undefined && isOwn) volumes.set(key, unattached(volume));
      }
    },
  };
}

function unattached(volume: Volume): Volume {
  const { attachedTo: _, ...status } = volume.status ?? {};
  return { ...volume, status };
}
