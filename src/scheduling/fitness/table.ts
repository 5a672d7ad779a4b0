import type { FitnessName } from '../../api/constraint.ts';
import type { Room } from '../cluster/agent.ts';
import { CPUS, MEMORY, type Need, roomFor } from '../cluster/resources.ts';
import type { Fitness, FitnessTask } from './fitness.ts';

/** The share of one dimension that would be in use; all of one that the agent does not have. */
function usedShare(free: number, total: number, asked: number): number {
  if (total <= 0) return 1;
  return Math.min(1, Math.max(0, (total - free + asked) / total));
}

function shareOf(task: FitnessTask, room: Room, index: number): number {
  let asked = 0;
  for (const need of task.needs) if (need.index === index) asked = need.amount;
  return usedShare(room.free[index] ?? 0, room.capacity[index] ?? 0, asked);
}

/** The largest share in use of what the task asks for: its dominant one. */
function dominantShare({ needs }: FitnessTask, room: Room): number {
  let most = 0;
  for (const need of needs) {
    const share = shareOfNeed(need, room);
    if (share > most) most = share;
  }
  return most;
}

function meanShare({ needs }: FitnessTask, room: Room): number {
  let sum = 0;
  for (const need of needs) sum += shareOfNeed(need, room);
  return needs.length === 0 ? 1 : sum / needs.length;
}

function shareOfNeed(need: Need, room: Room): number {
  const free = roomFor(need, room.free);
  return usedShare(free, roomFor(need, room.capacity), need.amount);
}

/** The gap between ends at which tasks no longer belong together. */
const ENDS_APART_MS = 3_600_000;
/** What an agent of which nothing is known scores; one whose quality is 0 scores 0. */
const UNKNOWN_QUALITY = 0.5;

function likeEnd({ endsAt }: FitnessTask, { lastEnd }: Room): number {
  if (endsAt === undefined || lastEnd === undefined) return 0.5;
  return 1 - Math.min(1, Math.abs(endsAt - lastEnd) / ENDS_APART_MS);
}

/** All fitness that Titan has, by the name that a job's placement gives. */
export const fitness = {
  PackCpus: { trend: 'falls', score: (task, room) => shareOf(task, room, CPUS) },
  PackMemory: { trend: 'falls', score: (task, room) => shareOf(task, room, MEMORY) },
  PackCpusAndMemory: {
    trend: 'falls',
    score: (task, room) => (shareOf(task, room, CPUS) + shareOf(task, room, MEMORY)) / 2,
  },
  PackDominant: { trend: 'falls', score: dominantShare },
  PackAll: { trend: 'falls', score: meanShare },
  SpreadLoad: { trend: 'rises', score: (task, room) => 1 - dominantShare(task, room) },
  SpreadJob: { reads: ['jobTasks'], score: (_task, _room, jobTasks) => 1 / (1 + jobTasks) },
  ImageLocality: {
    reads: ['holds'],
    score: ({ image }, room) => (image === undefined || room.holds(image) ? 1 : 0),
  },
  AgentQuality: { score: (_task, { quality }) => quality ?? UNKNOWN_QUALITY },
  LikeEnd: { reads: ['endsAt'], score: likeEnd },
} as const satisfies Readonly<Record<FitnessName, Omit<Fitness, 'name'>>>;
