import { expect } from 'chai';
import { seededRandom } from '../../../src/runtime/random.ts';
import {
  aCluster,
  bareScan,
  fixtureTasks,
  mixed,
  placeAll,
  randomTasks,
  shapeOf,
  shuffled,
  TASKS,
  unconstrained,
  waitingTasks,
  zoneHard,
  zoneSoft,
} from '../../support/scheduling-bench.ts';

describe('packing', () => {
  const fixture = [
    { name: 'no constraint', constrain: unconstrained, hosts: 367, skew: 100 },
    { name: 'zones balanced', constrain: zoneHard, hosts: 367, skew: 1 },
    { name: 'zones balanced by wish', constrain: zoneSoft, hosts: 367, skew: 1 },
    { name: 'a mix of constraints', constrain: mixed, hosts: 500, skew: 100 },
  ];
  for (const { name, constrain, hosts, skew } of fixture) {
    it(`puts the fixture of the goals on at most ${hosts} agents, skew ${skew}: ${name}`, () => {
      const placer = aCluster(1_000);
      expect(placeAll(placer, fixtureTasks(constrain))).to.equal(TASKS);
      const shape = shapeOf(placer);
      expect(shape.hosts).to.be.at.most(hosts);
      expect(shape.skew).to.be.at.most(skew);
    });
  }

  for (const seed of [1, 2, 3]) {
    it(`uses at most 2 % more agents than the best of 20 orders by exact scans (seed ${seed})`, () => {
      const random = seededRandom(seed);
      const mix = randomTasks(2_000, random);
      const placer = aCluster(500);
      placeAll(placer, waitingTasks(mix));
      const orders = Array.from({ length: 20 }, () => {
        const scan = bareScan(500);
        scan.place(shuffled(mix, random));
        return scan.hosts();
      });
      expect(shapeOf(placer).hosts).to.be.at.most(1.02 * Math.min(...orders));
    });
  }
});
