import { hasReason, TitanError } from '../../src/api/error.ts';
import { type Agent, type Task, VOLUME, type Volume } from '../../src/api/kinds.gen.ts';
import { claimsVolumes, volumePhase } from '../../src/api/volume.ts';
import type { Framework, Operation, ResourcePiece } from '../../src/mesos/port.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { asPlaced, claimsApart } from '../../src/scheduling/objects/claims.ts';
import { type AgentAt, attached, unbound } from '../../src/volumes/life.ts';
import { provisionOf } from '../../src/volumes/pieces.ts';
import { claimedVolumes } from './claimed.ts';

interface ClaimsOptions extends Pick<Runtime, 'client'> {
  readonly framework: Pick<Framework, 'offers' | 'principal'>;
  readonly agents: Informer<Agent>;
  readonly volumes: Informer<Volume>;
}

/** What a task is launched with for its Volumes: by the volume's name in the job, what to mount. */
export interface Mounted {
  readonly operations: readonly Operation[];
  readonly pieces: ReadonlyMap<string, ResourcePiece>;
}

/** The Volumes that tasks name, so far as placing and launching them is concerned. */
export interface Claims {
  /** What keeps the task from its Volumes, for people; `undefined` where nothing does. */
  missing(task: Task): string | undefined;
  /** Whether its Volume is where it should be, and only an offer is waited for. */
  isAwaited(task: Task): boolean;
  /** The task as it is to be placed: where its Volumes are, or with room for those that are nowhere yet. */
  asPlaced(task: Task): Task;
  /**
   * Makes it durable that the task uses its Volumes, and where those are that are to be made.
   *
   * @throws TitanError `Conflict` where another took one meanwhile
   */
  attach(task: Task, at: AgentAt): Promise<void>;
  /** The task was not sent: what was to be made with it was not. */
  undo(task: Task): Promise<void>;
  /** @returns a text where the offers of its agent have not what it takes */
  mount(task: Task): Mounted | string;
}

const NOTHING: Mounted = { operations: [], pieces: new Map() };

export function createClaims(options: ClaimsOptions): Claims {
  const { client, framework } = options;
  const known = claimedVolumes(options);

  return {
    missing(task) {
      const claimed = known.of(task);
      const lacks = claimed.flatMap((each) => known.lackOf(task, each) ?? []);
      return lacks[0] ?? claimsApart(task, claimed);
    },
    isAwaited: (task) => known.of(task).some(known.isAwaited),
    asPlaced: (task) => asPlaced(task, known.of(task)),
    async attach(task, at) {
      for (const claimed of known.of(task)) {
        const { key, volume } = claimed;
        const lacks = known.lackOf(task, claimed);
        if (volume === undefined || lacks !== undefined) {
          throw new TitanError('Conflict', lacks ?? `there is no Volume ${key}`);
        }
        await client.updateStatus(VOLUME, { ...volume, status: attached(volume, task, at) });
      }
    },
    async undo(task) {
      for (const { volume } of known.of(task)) {
        const isOurs = volume?.status?.attachedTo?.uid === task.metadata.uid;
        if (volume === undefined || !isOurs) continue;
        const { attachedTo: _, ...kept } = volume.status ?? {};
        const isNew = volumePhase(volume) === 'Binding';
        const status = isNew ? unbound(volume, 'The task that it was for was not sent') : kept;
        await client.updateStatus(VOLUME, { ...volume, status }).catch(unlessChanged);
      }
    },
    mount(task) {
      if (!claimsVolumes(task.spec)) return NOTHING;
      const offered = [...(known.pieces(task.status?.agentId ?? '') ?? [])];
      const operations: Operation[] = [];
      const pieces = new Map<string, ResourcePiece>();
      for (const { name, key, volume } of known.of(task)) {
        if (volume === undefined) return `there is no Volume ${key}`;
        const options = { pieces: offered, principal: framework.principal };
        const provision = provisionOf(volume, options);
        if (typeof provision === 'string') return provision;
        operations.push(...provision.operations);
        pieces.set(name, provision.piece);
      }
      return { operations, pieces };
    },
  };
}

/** Who changed it knows better. */
function unlessChanged(error: unknown): void {
  if (!hasReason(error, 'Conflict') && !hasReason(error, 'NotFound')) throw error;
}
