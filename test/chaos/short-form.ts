import { expect } from 'chai';
import { FAULTS } from './faults.ts';
import { runChaos } from './run.ts';

/**
 * Each kind of fault once: a leader that dies, one that goes on thinking that it leads, a member of etcd that dies,
 * one that stands still, a link that nobody knows to be dead. `npm run chaos` plays all of them, and tells the
 * times, which depend on what else the machine does.
 */
const FEW = [
  'leader: kill -9',
  'etcd leader: kill -9',
  'leader: SIGSTOP',
  'leader to etcd: half open',
  'etcd follower: SIGSTOP',
];
/** Each wait may take as long as `PATIENCE_MS`. */
const LIMIT_MS = 900_000;

describe('chaos, the short form', function () {
  this.timeout(LIMIT_MS);

  it('loses no acknowledged write, runs no instance twice, ends no task that nobody touched', async () => {
    const faults = FEW.map((name) => FAULTS.find((fault) => fault.name === name));
    const report = await runChaos({
      seed: 1,
      replicas: 2,
      agents: 2,
      writesPerSecond: 50,
      faults: faults.filter((fault) => fault !== undefined),
    });
    expect(report.broken).to.deep.equal([]);
    expect(report.rows.map(({ fault }) => fault)).to.deep.equal(FEW);
    expect(report.acknowledged).to.be.above(0);
    expect(report.looks).to.be.above(0);
  });
});
