import { asTitanError, hasReason } from '../../src/api/error.ts';
import { type Agent, TASK, type Task, VOLUME, type Volume } from '../../src/api/kinds.gen.ts';
import { isDeleting, keyOf, keyText, type ObjectKey } from '../../src/api/object.ts';
import { claimsOf, VOLUME_FINALIZER } from '../../src/api/volume.ts';
import type { Framework } from '../../src/mesos/port.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import {
  type Offered,
  planVolume,
  type VolumeStep,
  type VolumeWorld,
  waitsForOffer,
} from './plan.ts';
import { volumeStatus } from './status.ts';

export interface VolumeControllerOptions extends Runtime {
  readonly framework: Pick<Framework, 'offers' | 'launch' | 'setDemand'>;
  /** With an index `volume`: `namespace/name` of the Volumes that a live task names. */
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
  readonly volumes: Informer<Volume>;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Keeps what is said of Volumes true, and ends those that are deleted. It makes none: placement does,
 * with the first task that names one.
 */
export function volumeController(options: VolumeControllerOptions): Controller<Volume> {
  const { client, clock, framework, tasks, agents, volumes, log, recorder } = options;

  async function observe(volume: Volume): Promise<VolumeWorld> {
    const { agent = '' } = volume.status ?? {};
    return {
      user: await userOf(volume),
      claimants: tasks.by('volume', keyText(keyOf(volume))),
      agent: agents.get(agent),
      offered: offeredNow(framework, agents),
    };
  }

  /** That the cache does not have it is no proof that it is gone. */
  async function userOf({ metadata, status }: Volume): Promise<Task | undefined> {
    if (status?.attachedTo === undefined) return undefined;
    const { task: name, uid } = status.attachedTo;
    const { namespace = 'default' } = metadata;
    const known = tasks.get(`${namespace}/${name}`);
    if (known?.metadata.uid === uid) return known;
    const found = await client.get(TASK, { namespace, name }).catch(unlessGone);
    return found?.metadata.uid === uid ? found : undefined;
  }

  /** As the store has it: before anything is destroyed no cache is believed. */
  async function claimantsInStore(key: ObjectKey): Promise<readonly Task[]> {
    const { namespace = 'default', name } = key;
    const { items } = await client.list(TASK);
    return items.filter(
      ({ metadata, spec }) =>
        metadata.namespace === namespace && claimsOf(spec).some(({ volume }) => volume === name),
    );
  }

  async function setFinalizer(volume: Volume, keep: boolean): Promise<void> {
    const others = (volume.metadata.finalizers ?? []).filter((name) => name !== VOLUME_FINALIZER);
    const finalizers = keep ? [...others, VOLUME_FINALIZER] : others;
    await client.update(VOLUME, { ...volume, metadata: { ...volume.metadata, finalizers } });
  }

  async function forget(volume: Volume, { why }: VolumeStep & { do: 'forget' }): Promise<void> {
    const { agent } = volume.status ?? {};
    if (why === 'Destroyed') recorder.normal(volume, why, `Its data on ${agent} is destroyed`);
    if (why === 'Retained' || why === 'Abandoned') {
      recorder.warning(volume, why, `Titan forgets it: its data stays on ${agent}`);
    }
    await setFinalizer(volume, false);
  }

  async function release(volume: Volume, step: VolumeStep & { do: 'release' }): Promise<void> {
    const intended = await client.updateStatus(VOLUME, { ...volume, status: step.status });
    await framework.launch(step.agentId, [], step.operations(intended)).catch(async (thrown) => {
      const error = asTitanError(thrown);
      log.warn('volume not destroyed yet', { volume: volume.metadata.name, error: error.message });
      if (error.reason !== 'Conflict') throw error;
      const { operationId: _, ...rest } = intended.status ?? {};
      await client.updateStatus(VOLUME, { ...intended, status: { ...rest, phase: 'Ready' } });
    });
  }

  /** Offers are wanted as long as any Volume waits for one. */
  function tellDemand(): void {
    const waiting = [...volumes.values()].some((volume) =>
      waitsForOffer(volume, tasks.by('volume', keyText(keyOf(volume)))),
    );
    framework.setDemand(waiting, 'volumes');
  }

  async function reconcile(volume: Volume): Promise<Outcome<Volume['status']>> {
    tellDemand();
    const guarded = volume.metadata.finalizers?.includes(VOLUME_FINALIZER) ?? false;
    if (isDeleting(volume) && !guarded) return { wakeInMs: NEVER };
    if (!guarded) {
      await setFinalizer(volume, true);
      return { wakeInMs: 0 };
    }
    return act(volume, await observe(volume));
  }

  async function act(volume: Volume, world: VolumeWorld): Promise<Outcome<Volume['status']>> {
    let step = planVolume(volume, world);
    if (step.do === 'forget' || step.do === 'release') {
      step = planVolume(volume, { ...world, claimants: await claimantsInStore(keyOf(volume)) });
    }
    if (step.do === 'note') return { status: step.status, wakeInMs: 0 };
    if (step.do === 'forget') await forget(volume, step);
    else if (step.do === 'release') await release(volume, step);
    else return { status: volumeStatus(volume, world, clock.now()), wakeInMs: NEVER };
    return { wakeInMs: 0 };
  }

  return { name: 'volume', kind: VOLUME, reconcile };
}

/** What is held of each agent's offers, by the agent's name. */
export function offeredNow(
  framework: Pick<Framework, 'offers'>,
  agents: Informer<Agent>,
): readonly Offered[] {
  const held = framework.offers();
  return [...agents.values()].flatMap(({ metadata, status }): readonly Offered[] => {
    const { agentId = '' } = status ?? {};
    const offers = held.get(agentId);
    if (offers === undefined) return [];
    return [{ agent: metadata.name, agentId, pieces: offers.flatMap(({ pieces }) => pieces) }];
  });
}

function unlessGone(error: unknown): undefined {
  if (!hasReason(error, 'NotFound')) throw error;
  return undefined;
}
