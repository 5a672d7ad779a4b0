import { expect } from 'chai';
import { FAULTS } from './faults.ts';
import { runChaos } from './run.ts';

/** One of each kind. The times are left to `npm run chaos`: they depend on what else the machine does. */
const SHORT = [
  'etcd leader: kill -9',
  'leader: SIGSTOP',
  'leader to etcd: half open',
  'Mesos, master and agents: kill -9',
  'all replicas: kill -9',
];

describe('chaos, the short form', function () {
  this.timeout(300_000);

  it('loses no acknowledged write, runs no instance twice, ends no task that nobody touched', async () => {
    const faults = SHORT.map((name) => FAULTS.find((fault) => fault.name === name));
    const report = await runChaos({
      seed: 1,
      replicas: 2,
      agents: 3,
      writesPerSecond: 100,
      faults: faults.filter((fault) => fault !== undefined),
    });
    expect(report.rows.map(({ fault }) => fault)).to.deep.equal(SHORT);
    expect(report.broken).to.deep.equal([]);
    expect(report.acknowledged).to.be.above(0);
    expect(report.looks).to.be.above(0);
  });
});
