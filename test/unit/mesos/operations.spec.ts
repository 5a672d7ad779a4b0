import { expect } from 'chai';
import type { V1Event, V1Resource } from '../../../src/mesos/v1.ts';
import { recordedAgent } from '../../support/mesos.ts';
import { aCluster } from '../../support/mesos-bench.ts';

type Cluster = ReturnType<typeof aCluster>;

const reservation = { type: 'DYNAMIC', role: 'db', principal: 'p' };
const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, reservations: [reservation] };

/** A framework that has one ACCEPT with these operations carried out, and hears of them. */
function operate(cluster: Cluster, operations: readonly object[]) {
  const { clock, core, agent, newMaster } = cluster;
  const events: V1Event[] = [];
  let streamId = '';
  const capabilities = [{ type: 'MULTI_ROLE' }, { type: 'RESERVATION_REFINEMENT' }];
  const framework_info = { user: 'root', name: 'f', roles: ['db'], principal: 'p', capabilities };
  core.scheduler(
    { type: 'SUBSCRIBE', subscribe: { framework_info } },
    {
      open(id) {
        streamId = id;
        return { send: (event) => events.push(event), end() {} };
      },
    },
  );
  const framework_id = events[0]?.subscribed?.framework_id;
  const say = (call: object) => core.scheduler({ framework_id, ...call }, { streamId });
  const offer = events.flatMap(({ offers }) => offers?.offers ?? [])[0];
  say({ type: 'ACCEPT', accept: { offer_ids: [offer?.id], operations } });
  const told = () => events.flatMap((event) => event.update_operation_status?.status ?? []);
  return { clock, core, agent, newMaster, say, told, offer };
}

/** A framework that reserves a cpu and hears of it. */
const reserve = () =>
  operate(aCluster(), [{ type: 'RESERVE', id: { value: 'op' }, reserve: { resources: [cpus] } }]);

/** An agent with a disk that can be parted and one that can't, each beside its own. */
function aClusterWithDisks(): Cluster {
  const cluster = aCluster(undefined, true, [
    ...(recordedAgent.resources ?? []),
    disk('PATH', 1_000),
    disk('MOUNT', 500),
  ]);
  return cluster;
}

function disk(type: string, value: number, reservations: readonly object[] = []): V1Resource {
  const source = { type, [type.toLowerCase()]: { root: `/disks/${type}` } };
  return {
    name: 'disk',
    type: 'SCALAR',
    scalar: { value },
    disk: { source },
    ...(reservations.length === 0 ? {} : { reservations }),
  } as V1Resource;
}

describe('operations on the local master', () => {
  const onDisk = (type: string, value: number) => {
    const space = disk(type, value, [reservation]);
    const volume = { container_path: 'data', mode: 'RW' };
    const data = { ...space, disk: { ...space.disk, persistence: { id: type }, volume } };
    return [
      { type: 'RESERVE', id: { value: `reserve ${type}` }, reserve: { resources: [space] } },
      { type: 'CREATE', id: { value: `create ${type}` }, create: { volumes: [data] } },
      { type: 'DESTROY', id: { value: `destroy ${type}` }, destroy: { volumes: [data] } },
    ];
  };

  it('are carried out on part of a disk with a path of its own, and on a mounted one as a whole', () => {
    const operations = [...onDisk('PATH', 300), ...onDisk('MOUNT', 500)];
    const { core, told, offer } = operate(aClusterWithDisks(), operations);
    const offered = (offer?.resources ?? []).flatMap((one) => one.disk?.source ?? []);
    expect(offered.map((source) => (source as { type: string }).type)).to.deep.equal([
      'PATH',
      'MOUNT',
    ]);
    expect(told().map(({ state }) => state)).to.deep.equal(Array(6).fill('OPERATION_FINISHED'));
    const { body } = core.operator({ type: 'GET_AGENTS' }) ?? {};
    const left = JSON.stringify(body);
    expect(left.includes('"persistence"')).to.equal(false);
    expect(left).to.contain('/disks/PATH').and.contain('/disks/MOUNT');
    core.stop();
  });

  it('are refused on part of a mounted disk', () => {
    const { core, told } = operate(aClusterWithDisks(), onDisk('MOUNT', 300).slice(0, 1));
    const [status] = told();
    expect(status?.state).to.equal('OPERATION_ERROR');
    expect(status?.message).to.contain('does not contain');
    core.stop();
  });

  it('are told again, with the same uuid, until that is acknowledged', async () => {
    const { clock, core, say, told } = reserve();
    await clock.advance(11_000);
    expect(told().map(({ state }) => state)).to.deep.equal(Array(2).fill('OPERATION_FINISHED'));
    const [uuid] = new Set(told().map((status) => status.uuid?.value));
    const acknowledge_operation_status = { uuid, operation_id: { value: 'op' } };
    say({ type: 'ACKNOWLEDGE_OPERATION_STATUS', acknowledge_operation_status });
    await clock.advance(60_000);
    expect(told()).to.have.length(2);
    core.stop();
  });

  it('outlive the master: the agent brings what was reserved on it', () => {
    const { core, agent, newMaster } = reserve();
    core.stop();
    agent.disconnect();
    const next = newMaster();
    agent.connect(next);
    const { body } = next.operator({ type: 'GET_AGENTS' }) ?? {};
    expect(JSON.stringify(body)).to.contain('"principal":"p"');
    next.stop();
  });
});
