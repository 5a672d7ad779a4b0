import { expect } from 'chai';
import { foldUpdate } from '../../../controllers/task/fold.ts';
import type { Task } from '../../../src/api/kinds.gen.ts';
import { isTerminal, phaseOf, rankOf, type TaskPhase } from '../../../src/api/task.ts';
import type { MesosState, TaskUpdate } from '../../../src/mesos/port.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

const UPDATES = 1_000_000;

/** What Mesos may say of one task in its life, in the order in which it happens. */
const lives: readonly (readonly MesosState[])[] = [
  ['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'],
  ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED'],
  [
    'TASK_STARTING',
    'TASK_RUNNING',
    'TASK_UNREACHABLE',
    'TASK_RUNNING',
    'TASK_KILLING',
    'TASK_KILLED',
  ],
  [
    'TASK_STARTING',
    'TASK_UNREACHABLE',
    'TASK_UNKNOWN',
    'TASK_RUNNING',
    'TASK_FINISHED',
    'TASK_LOST',
  ],
  ['TASK_RUNNING', 'TASK_UNREACHABLE', 'TASK_GONE', 'TASK_RUNNING', 'TASK_GONE_BY_OPERATOR'],
  ['TASK_DROPPED', 'TASK_STARTING', 'TASK_ERROR', 'TASK_KILLED'],
];
const asked = (task: Task): Task => ({ ...task, status: { ...task.status, killsSent: 1 } });
const tasks: readonly Task[] = [
  aTask('0#0 Staging'),
  asked(aTask('0#0 Staging')),
  aTask('0#0 Running ran=5'),
  asked(aTask('0#0 Killing deleting')),
  aTask('0#0 Unreachable away'),
  asked(aTask('0#0 Unreachable deleting')),
];

interface Course {
  readonly end: TaskPhase;
  readonly taken: number;
  /** Steps that took it back. */
  readonly backwards: readonly string[];
}

function play(from: Task, updates: readonly TaskUpdate[]): Course {
  let task = from;
  let furthest = phaseOf(task) === 'Unreachable' ? 0 : rankOf(phaseOf(task));
  let taken = 0;
  const backwards: string[] = [];
  for (const update of updates) {
    const status = foldUpdate(task, update, START);
    if (status === undefined) continue;
    taken += 1;
    const next = { ...task, status };
    const rank = phaseOf(next) === 'Unreachable' ? furthest : rankOf(phaseOf(next));
    if (isTerminal(task) || rank < furthest) {
      backwards.push(`${phaseOf(task)} to ${phaseOf(next)} by ${update.state}`);
    }
    furthest = rank;
    task = next;
  }
  return { end: phaseOf(task), taken, backwards };
}

describe('a task', () => {
  it('goes back in its life by none of 1,000,000 updates that come twice and in any order', () => {
    const random = seededRandom(20_260_101);
    const pick = <T>(items: readonly T[]): T =>
      items[Math.floor(random.next() * items.length)] as T;
    const ends = new Set<TaskPhase>();
    const backwards: string[] = [];
    let told = 0;
    let taken = 0;
    while (told < UPDATES) {
      const life = pick(lives);
      const updates = Array.from({ length: life.length * 3 }, () =>
        anUpdate(life, Math.floor(random.next() * life.length), random.next()),
      );
      const course = play(pick(tasks), updates);
      ends.add(course.end);
      backwards.push(...course.backwards);
      taken += course.taken;
      told += updates.length;
    }
    expect(backwards.slice(0, 5)).to.deep.equal([]);
    expect(taken).to.be.greaterThan(UPDATES / 20);
    expect([...ends]).to.include.members(['Succeeded', 'Failed', 'Killed', 'Lost']);
  }).timeout(60_000);
});

/** The update of one moment of a life; an answer to a question of ours bears no moment of its own. */
function anUpdate(life: readonly MesosState[], index: number, chance: number): TaskUpdate {
  const state = life[index] as MesosState;
  const update = { taskId: 'x', state, at: START + index };
  return chance < 0.2 ? { ...update, reason: 'REASON_RECONCILIATION' } : update;
}
