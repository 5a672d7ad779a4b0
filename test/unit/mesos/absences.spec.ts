import { expect } from 'chai';
import { TitanError } from '../../../src/api/error.ts';
import { createAbsences } from '../../../src/mesos/absences.ts';
import { aWorld } from '../../support/clock.ts';
import { quiet } from '../../support/mesos.ts';

const NOTHING = { cpus: 0, memoryMiB: 0, diskMiB: 0, ports: [] };

function anAgentAskedFor() {
  const { clock } = aWorld();
  const answered: string[] = [];
  const failures: boolean[] = [];
  let tasks = [{ taskId: 't1', agentId: 'a1' }];
  let changes = 0;
  const absences = createAbsences({
    master: {
      async answerInverse(ids, answer) {
        if (failures.shift() === true) throw new TitanError('ServiceUnavailable', 'away');
        answered.push(`${answer} ${ids.join(',')}`);
      },
    },
    host: { knownTasks: () => tasks },
    clock,
    log: quiet,
    changed: () => {
      changes += 1;
    },
  });
  const away = { startAt: clock.now() + 3_600_000 };
  absences.add([{ id: 'o1', agentId: 'a1', away }]);
  return {
    clock,
    absences,
    answered,
    failures,
    away,
    changes: () => changes,
    empty() {
      tasks = [];
    },
  };
}

describe('an inverse offer', () => {
  it('is agreed to once no task is left on its agent, and once only', async () => {
    const { clock, answered, empty } = anAgentAskedFor();
    await clock.advance(60_000);
    expect(answered).to.deep.equal([]);
    empty();
    await clock.advance(60_000);
    expect(answered).to.deep.equal(['accept o1']);
  });

  it('is answered again until the master has heard it, but not over a lost connection', async () => {
    const { clock, absences, answered, failures, empty, away } = anAgentAskedFor();
    failures.push(true, true);
    empty();
    await clock.advance(5_000);
    expect([answered, failures]).to.deep.equal([[], [true]]);
    await clock.advance(30_000);
    expect(answered).to.deep.equal(['accept o1']);
    failures.push(true);
    absences.add([{ id: 'o2', agentId: 'a2', away }]);
    absences.drop();
    await clock.advance(60_000);
    expect(answered).to.deep.equal(['accept o1']);
  });

  it('is not answered where it is taken back or made anew', async () => {
    const { clock, absences, answered, empty, away } = anAgentAskedFor();
    absences.add([{ id: 'o2', agentId: 'a1', away }]);
    absences.add([{ id: 'o3', agentId: 'a2', away }]);
    empty();
    absences.rescind('o2');
    await clock.advance(60_000);
    expect(answered).to.deep.equal(['accept o3']);
    expect([...absences.byAgent.keys()]).to.deep.equal(['a2']);
  });

  it('holds on over a lost connection, for ten minutes unless it comes again', async () => {
    const { clock, absences, answered, empty, away, changes } = anAgentAskedFor();
    absences.drop();
    empty();
    await clock.advance(540_000);
    expect([absences.byAgent.get('a1'), answered]).to.deep.equal([away, []]);
    absences.add([{ id: 'o4', agentId: 'a1', away }]);
    await clock.advance(3_600_000);
    expect([absences.byAgent.get('a1'), answered]).to.deep.equal([away, ['accept o4']]);
    absences.drop();
    await clock.advance(610_000);
    expect([absences.byAgent.size, changes()]).to.deep.equal([0, 1]);
  });

  it('gives way to what offers say of its agent, which is told once', () => {
    const { absences, away, changes } = anAgentAskedFor();
    const offer = { id: 'o9', hostname: 'h', resources: NOTHING, pieces: [], attributes: {} };
    absences.hear([{ ...offer, agentId: 'a1' }]);
    absences.hear([{ ...offer, agentId: 'a2', away }]);
    absences.hear([{ ...offer, agentId: 'a2', away: { ...away } }]);
    expect([[...absences.byAgent], changes()]).to.deep.equal([[['a2', away]], 2]);
  });

  it('holds on over a lost connection, too, where only offers told of it', async () => {
    const { clock, absences, away } = anAgentAskedFor();
    const offer = { id: 'o9', hostname: 'h', resources: NOTHING, pieces: [], attributes: {} };
    absences.hear([{ ...offer, agentId: 'a2', away }]);
    absences.drop();
    await clock.advance(590_000);
    expect([...absences.byAgent.keys()]).to.deep.equal(['a1', 'a2']);
    await clock.advance(20_000);
    expect(absences.byAgent.size).to.equal(0);
  });
});
