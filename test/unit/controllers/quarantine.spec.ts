import { expect } from 'chai';
import { quarantines } from '../../../controllers/agent/quarantine.ts';
import type { Agent, Task } from '../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import { anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

const NOW = START + 400_000;

/** A task from `<job> <agent> <second it failed>`. */
function aFailure(line: string): Task {
  const [jobName = '', agent = '', at = '0'] = line.split(' ');
  const task = aTask(`0#0 Failed Program ran=1 @${at}`);
  return { ...task, spec: { ...task.spec, jobName }, status: { ...task.status, agent } };
}

function inQuarantine(
  agents: readonly Agent[],
  failures: readonly string[],
  running: readonly Task[] = [],
): string {
  const evidence = { failed: failures.map(aFailure), tasksOn: () => running, now: NOW };
  return [...quarantines(agents, evidence).keys()].join(' ');
}

const four = ['x', 'y', 'z', 'w'].map((name) => anAgent(name));
const bad = ['a x 350', 'b x 360', 'c x 370'];

describe('agents that take no new tasks', () => {
  const rows: readonly (readonly [string, readonly Agent[], readonly string[], string])[] = [
    ['three jobs failed on it alone', four, bad, 'x'],
    ['two did', four, ['a x 350', 'b x 360', 'b x 370'], ''],
    ['a third failed elsewhere too', four, [...bad, 'c y 380'], ''],
    ['it was too long ago', four, ['a x 90', 'b x 360', 'c x 370'], ''],
    ['there are only two', four.slice(0, 2), bad, ''],
    ['another is in already', [...four, withQuarantine('v', NOW + 1_000)], bad, 'v'],
    ['another was', [...four, withQuarantine('v', NOW)], bad, 'x'],
  ];
  for (const [why, agents, failures, names] of rows) {
    it(`are ${names || 'none'} where ${why}`, () => {
      expect(inQuarantine(agents, failures)).to.equal(names);
    });
  }

  it('are none on which something has started since, and runs', () => {
    const old = aTask('7#0 Running ran=300');
    const startedAt = toTimestamp(START + 351_000);
    const fresh = (at: string) => ({ ...old, status: { ...old.status, startedAt: at } });
    expect(inQuarantine(four, ['a x 300', ...bad], [old])).to.equal('x');
    expect(inQuarantine(four, ['a x 300', ...bad], [fresh(startedAt)])).to.equal('x');
    expect(inQuarantine(four, ['a x 300', ...bad], [fresh(toTimestamp(START + 301_000))])).to.equal(
      '',
    );
  });
});

function withQuarantine(name: string, untilMs: number): Agent {
  const quarantine = { since: toTimestamp(START), until: toTimestamp(untilMs), message: '' };
  return anAgent(name, { quarantine });
}
