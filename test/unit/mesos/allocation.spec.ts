import { expect } from 'chai';
import { LocalAgent } from '../../../src/mesos/local/agent/agent.ts';
import { scriptedMachine } from '../../../src/mesos/local/executor/scripted.ts';
import { createMaster, type LocalMaster } from '../../../src/mesos/local/master/master.ts';
import { scalarOf } from '../../../src/mesos/local/resources/bag.ts';
import { readBag } from '../../../src/mesos/local/resources/wire.ts';
import { memoryVault } from '../../../src/mesos/local/vault.ts';
import type { V1Offer, V1Resource } from '../../../src/mesos/v1.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { quiet, recordedAgent } from '../../support/mesos.ts';

/** Frameworks, one a role, that keep what they are offered, and agents that come one by one. */
function cluster(roles: readonly string[]) {
  const clock = virtualClock();
  const random = seededRandom(1);
  const common = { clock, random, log: quiet };
  const master = createMaster({ ...common, vault: memoryVault() });
  const offers = new Map<string, V1Offer[]>(roles.map((role) => [role, []]));
  for (const role of roles) subscribe(master, role, (some) => offers.get(role)?.push(...some));
  return {
    master,
    cpus: () => roles.map((role) => cpusOf(offers.get(role) ?? [])),
    addAgents(count: number, more: readonly V1Resource[] = []): void {
      for (let index = 0; index < count; index++) {
        const resources = [...(recordedAgent.resources ?? []), ...more];
        const info = { ...recordedAgent, hostname: `agent-${index}`, resources };
        const launcher = scriptedMachine({ clock, random });
        new LocalAgent({ ...common, vault: memoryVault(), info, launcher }).connect(master);
      }
    },
  };
}

/** A framework whose role says so knows of GPUs. */
function subscribe(
  master: LocalMaster,
  role: string,
  hear: (offers: readonly V1Offer[]) => void,
): void {
  const known = role.startsWith('gpu') ? ['GPU_RESOURCES'] : [];
  const capabilities = ['MULTI_ROLE', 'RESERVATION_REFINEMENT', ...known].map((type) => ({ type }));
  const framework_info = { user: 'root', name: role, roles: [role], capabilities };
  const send = (event: { offers?: { offers?: readonly V1Offer[] } }) =>
    hear(event.offers?.offers ?? []);
  const open = () => ({ send, end() {} });
  master.scheduler({ type: 'SUBSCRIBE', subscribe: { framework_info } }, { open });
}

function cpusOf(offers: readonly V1Offer[]): number {
  return scalarOf(readBag(offers.flatMap(({ resources = [] }) => resources)), 'cpus');
}

describe('allocation by the local master', () => {
  const cases = [
    { name: 'is even among roles', roles: ['a', 'b'], weights: {}, agents: 10, cpus: [20, 20] },
    { name: 'follows weights', roles: ['a', 'b'], weights: { a: 3 }, agents: 12, cpus: [36, 12] },
    {
      name: 'is level by level: two roles below one share what it has',
      roles: ['a/x', 'a/y', 'b'],
      weights: {},
      agents: 12,
      cpus: [12, 12, 24],
    },
  ];
  for (const { name, roles, weights, agents, cpus } of cases) {
    it(name, () => {
      const ground = cluster(roles);
      const weight_infos = Object.entries(weights).map(([role, weight]) => ({ role, weight }));
      ground.master.operator({ type: 'UPDATE_WEIGHTS', update_weights: { weight_infos } });
      ground.addAgents(agents);
      expect(ground.cpus()).to.deep.equal(cpus);
      ground.master.stop();
    });
  }

  it('gives a role no more than its limit, and the rest to others', () => {
    const ground = cluster(['a', 'b']);
    const quota_configs = [{ role: 'a', limits: { cpus: { value: 6 } } }];
    ground.master.operator({ type: 'UPDATE_QUOTA', update_quota: { quota_configs } });
    ground.addAgents(10);
    expect(ground.cpus()).to.deep.equal([6, 34]);
    ground.master.stop();
  });

  it('keeps agents with GPUs for frameworks that know of them', () => {
    const ground = cluster(['plain', 'gpu']);
    ground.addAgents(3, [{ name: 'gpus', type: 'SCALAR', scalar: { value: 2 } }]);
    expect(ground.cpus()).to.deep.equal([0, 12]);
    ground.master.stop();
  });

  it('gives what is reserved for a role to it alone', () => {
    const ground = cluster(['a', 'b']);
    const kept = { name: 'cpus', type: 'SCALAR', scalar: { value: 8 }, role: 'b' };
    ground.addAgents(1, [kept]);
    expect(ground.cpus()).to.deep.equal([4, 8]);
    ground.master.stop();
  });
});
