import { asTitanError } from '../../src/api/error.ts';
import type { EventReason } from '../../src/api/event-reason.ts';
import { type Agent, type FaultDomain, VOLUME, type Volume } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { VOLUME_LABELS } from '../../src/api/volume.ts';
import type { Framework, Operation, ResourcePiece } from '../../src/mesos/port.ts';
import { type Loop, type Runtime, runLoop } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { volumeUidOf } from '../../src/volumes/pieces.ts';
import { offeredNow } from './controller.ts';
import type { Offered } from './plan.ts';

export interface OrphansOptions extends Runtime {
  readonly framework: Pick<Framework, 'offers' | 'launch' | 'setDemand'>;
  readonly agents: Informer<Agent>;
  /** With an index `uid`. */
  readonly volumes: Informer<Volume>;
  /** The object of this fault domain, where there is one: events about what is nobody's go there. */
  readonly domain: () => FaultDomain | undefined;
  /** How long what is nobody's is kept. */
  readonly graceMs: Millis;
}

/** Pieces that are remembered; beyond it the others are told of later. */
const ORPHANS_MAX = 1_000;

/** What was first seen as nobody's, by what tells it from all others. */
interface Orphan {
  readonly piece: ResourcePiece;
  readonly place: Offered;
  readonly since: Millis;
}

/**
 * Looks in offers for what bears a Volume's label while there is no such Volume: the object was
 * abandoned, or its store was restored from before it was made. It is told of at once, and destroyed
 * only after a grace, once the store itself says that there is no such Volume; never where its label
 * says Retain.
 */
export function runOrphans(options: OrphansOptions): Loop {
  const { client, clock, framework, agents, volumes, log, recorder, domain, graceMs } = options;
  const known = new Map<string, Orphan>();

  function tell(reason: EventReason, text: string): void {
    const place = domain();
    log.warn(text, { reason });
    if (place !== undefined) recorder.warning(place, reason, text);
  }

  function note(piece: ResourcePiece, place: Offered): void {
    const key = keyOf(piece, place);
    if (known.has(key) || known.size >= ORPHANS_MAX) return;
    known.set(key, { piece, place, since: clock.now() });
    const fate = mayGo(piece)
      ? `It is destroyed after ${Math.round(graceMs / 60_000)} minutes unless the Volume is there again`
      : 'It is kept, as its reclaim policy says';
    tell('OrphanedVolume', `${textOf(piece, place)} is of no Volume that Titan has. ${fate}`);
  }

  /** The store is asked: that the cache has none is no proof. */
  async function isNobodys(piece: ResourcePiece): Promise<boolean> {
    const uid = volumeUidOf(piece);
    const { items } = await client.list(VOLUME);
    return !items.some(({ metadata }) => metadata.uid === uid);
  }

  async function destroy({ piece, place }: Orphan): Promise<void> {
    if (!(await isNobodys(piece))) return;
    try {
      await framework.launch(place.agentId, [], endOf(piece));
      tell('OrphanedVolumeDestroyed', `${textOf(piece, place)} was of no Volume and is destroyed`);
    } catch (thrown) {
      const error = asTitanError(thrown).message;
      log.info('an orphaned volume is not destroyed yet', { agent: place.agent, error });
    }
  }

  function isOrphan(piece: ResourcePiece): boolean {
    const uid = volumeUidOf(piece);
    return uid !== undefined && volumes.by('uid', uid).length === 0;
  }

  function orphansOf(place: Offered): readonly Omit<Orphan, 'since'>[] {
    return place.pieces.filter(isOrphan).map((piece) => ({ piece, place }));
  }

  async function pass(): Promise<Millis> {
    const now = clock.now();
    const seen = offeredNow(framework, agents).flatMap(orphansOf);
    for (const { piece, place } of seen) note(piece, place);
    for (const [key, { piece }] of known) if (!isOrphan(piece)) known.delete(key);
    for (const { piece, place } of seen) {
      const { since = now } = known.get(keyOf(piece, place)) ?? {};
      if (!mayGo(piece) || now - since < graceMs) continue;
      await destroy({ piece, place, since });
      known.delete(keyOf(piece, place));
    }
    const next = [...known.values()].filter(({ piece }) => mayGo(piece));
    framework.setDemand(
      next.some(({ since }) => now - since >= graceMs),
      'orphans',
    );
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...next.map(({ since }) => since + graceMs - now).map(atLeast),
    );
  }

  return runLoop({ ...options, name: 'volume-orphans', pass });
}

/** When to look again for one that is due and not offered now. */
const DUE_AGAIN_MS = 60_000;

function atLeast(ms: Millis): Millis {
  return ms > 0 ? ms : DUE_AGAIN_MS;
}

function mayGo({ reservations }: ResourcePiece): boolean {
  return reservations.at(-1)?.labels[VOLUME_LABELS.reclaim] === 'Delete';
}

function endOf(piece: ResourcePiece): readonly Operation[] {
  const { volume, ...space } = piece;
  return [
    ...(volume === undefined ? [] : [{ do: 'destroy', pieces: [piece] } as const]),
    { do: 'unreserve', pieces: [space] },
  ];
}

function keyOf(piece: ResourcePiece, { agentId }: Offered): string {
  return `${agentId} ${volumeUidOf(piece)}`;
}

function textOf(piece: ResourcePiece, { agent }: Offered): string {
  const name = piece.reservations.at(-1)?.labels[VOLUME_LABELS.name] ?? 'without a name';
  const what = piece.volume === undefined ? 'Disk reserved for' : 'The data of';
  return `${what} the Volume ${name} (${volumeUidOf(piece)}) on ${agent}`;
}
