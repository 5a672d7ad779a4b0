import { countText } from '../../api/count-text.ts';
import { hasReason } from '../../api/error.ts';
import type { Kind } from '../../api/kind.ts';
import { CAPACITY_GROUP, type CapacityGroup, JOB, type Job, TASK } from '../../api/kinds.gen.ts';
import { keyOf, type Millis, toTimestamp } from '../../api/object.ts';
import { isLive, phaseOf } from '../../api/task.ts';
import { type VirtualClock, virtualClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/port.ts';
import { seededRandom } from '../../runtime/random.ts';
import { failing } from '../../scheduling/forecast/changes.ts';
import { draftOf } from './drafts.ts';
import type { Answer, Question, Strike } from './port.ts';
import { cordon, type Place, setStage } from './stage.ts';

/** How long before the start the clock begins, so that all runs again by then. */
const WARM_UP_MS = 900_000;
/** When what still waits for the agent of the record goes wherever there is room. */
const PINNED_MS = 600_000;
/** So long without a change, and all has come to rest. */
const REST_MS = 30_000;
const STEP_MS = 60_000;

const silent: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/**
 * Plays recorded fault domains with the code that runs in production, on a clock of its own: what was
 * asked happens to them, and what follows is told. The same question has the same answer.
 */
export async function play(question: Question, crds: readonly unknown[]): Promise<Answer> {
  const { startAt, strikes, seed, spanMs } = question;
  const clock = virtualClock(startAt - WARM_UP_MS);
  const random = (salt: number) => seededRandom(Math.imul(seed, 0x9e3779b1) + salt);
  const wait = <T>(promise: Promise<T>) => waitFor(clock, promise);
  const places = await wait(setStage({ question, crds, clock, random, log: silent }));
  const elsewhere = await warmUp(clock, places, startAt);
  for (const { story } of places) await wait(story.begin());
  await wait(applyChanges(places, question));
  for (const strike of strikes) clock.after(strike.afterMs, () => fail(places, strike));
  for (let played = 0; played < spanMs; played += STEP_MS) {
    await clock.advance(Math.min(STEP_MS, spanMs - played));
    question.progress(Math.min(spanMs, played + STEP_MS));
  }
  for (const { story, alive } of places) if (alive) await wait(story.end());
  const answer = { ...tell(places, question), elsewhere };
  for (const place of places) await wait(place.stop());
  return answer;
}

/** Waits for a promise while time goes on. */
async function waitFor<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let done = false;
  const settled = promise.finally(() => {
    done = true;
  });
  settled.catch(() => undefined);
  await clock.runUntil(() => done, STEP_MS);
  return settled;
}

/** All runs where it was recorded, as far as it can. @returns how many instances run elsewhere */
async function warmUp(
  clock: VirtualClock,
  places: readonly Place[],
  startAt: Millis,
): Promise<number> {
  const rests = () =>
    places.every(({ story }) => {
      return (
        story.tasks.size > 0 && story.waiting() === 0 && story.changedAt() + REST_MS <= clock.now()
      );
    });
  await clock.runUntil(rests, PINNED_MS);
  for (const place of places) {
    place.pins.release();
    await waitFor(clock, unpin(place));
    await waitFor(clock, cordon(place));
  }
  await clock.advance(startAt - clock.now());
  return places
    .flatMap(({ story, pins }) => [...story.tasks.values()].map((task) => ({ task, pins })))
    .filter(({ task, pins }) => {
      const agent = pins.agentOf(task);
      return isLive(task) && agent !== undefined && agent !== task.status?.agent;
    }).length;
}

/** What waits for an agent of the record that has no room is made anew. */
async function unpin({ client, story }: Place): Promise<void> {
  for (const task of story.tasks.values()) {
    const { slot, agent } = task.spec;
    if (phaseOf(task) !== 'Pending' || agent === undefined || agent === slot) continue;
    await client.delete(TASK, keyOf(task), { uid: task.metadata.uid }).catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, 'NotFound')) throw error;
}

/** Groups in every domain; a job where it was seen first, from where it is replicated. */
async function applyChanges(places: readonly Place[], { groups, jobs }: Question): Promise<void> {
  for (const group of groups) for (const place of places) await put(place, CAPACITY_GROUP, group);
  for (const job of jobs) {
    const has = ({ recorded }: Place) =>
      recorded.jobs.some(
        ({ metadata }) =>
          metadata.name === job.metadata.name && metadata.namespace === job.metadata.namespace,
      );
    const place = places.find(has) ?? places[0];
    if (place !== undefined) await put(place, JOB, job);
  }
}

async function put<T extends Job | CapacityGroup>(
  { client }: Place,
  kind: Kind<T>,
  object: T,
): Promise<void> {
  const known = await client.get(kind, keyOf(object)).catch((error: unknown) => {
    unlessGone(error);
    return undefined;
  });
  if (known === undefined) await client.create(kind, draftOf<T>(kind, object));
  else await client.update(kind, { ...known, spec: object.spec });
}

/** A fault domain with all that it has, or the machines that the name is about. */
function fail(places: readonly Place[], { name }: Strike): void {
  for (const place of places) {
    const { machines, story, recorded } = place;
    const home = { name: place.name, region: recorded.domain.spec.region };
    const isMeant = failing([name], home);
    const hosts = new Set(recorded.agents.filter(isMeant).map(({ metadata }) => metadata.name));
    const meant = machines.machines.filter(({ hostname, connected }) => {
      return connected && hosts.has(hostname);
    });
    const isWhole = name === place.name;
    if (!(isWhole && place.alive) && meant.length === 0) continue;
    const tasks = meant.reduce((sum, machine) => sum + machine.taskIds().length, 0);
    story.note(
      `${name} fails: ${countText(meant.length, 'agent')} with ${countText(tasks, 'task')}`,
    );
    if (isWhole) place.fail();
    else for (const machine of meant) machine.crash();
  }
}

function tell(
  places: readonly Place[],
  { seed, startAt, spanMs, strikes }: Question,
): Omit<Answer, 'elsewhere'> {
  const [first] = strikes.map(({ afterMs }) => afterMs).toSorted((a, b) => a - b);
  const failedAt = first === undefined ? undefined : startAt + first;
  const jobs = places.flatMap(({ story, alive }) =>
    story
      .jobs(failedAt)
      .map((job) => (alive ? job : { ...job, running: 0, least: 0, wholeAfterMs: null })),
  );
  const happenings = places
    .flatMap(({ story }) => story.happenings())
    .toSorted((a, b) => a.afterMs - b.afterMs);
  return {
    seed,
    startAt: toTimestamp(startAt),
    spanMs,
    domains: places.map(({ name, machines: { machines }, story }) => ({
      domain: name,
      agents: machines.length,
      failedAgents: machines.filter(({ connected }) => !connected).length,
      ...story.peaks(),
    })),
    jobs: jobs.toSorted((a, b) => (a.job === b.job ? 0 : a.job < b.job ? -1 : 1)),
    happenings,
    whole: jobs.every(({ wanted, running }) => running >= wanted),
  };
}
