import { expect } from 'chai';
import type { V1Event } from '../../../src/mesos/v1.ts';
import { aCluster } from '../../support/mesos-bench.ts';

const reservation = { type: 'DYNAMIC', role: 'db', principal: 'p' };
const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, reservations: [reservation] };

/** A framework that reserves a cpu and hears of it. */
function reserve() {
  const { clock, core, agent, newMaster } = aCluster();
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
  const operations = [{ type: 'RESERVE', id: { value: 'op' }, reserve: { resources: [cpus] } }];
  say({ type: 'ACCEPT', accept: { offer_ids: [offer?.id], operations } });
  const told = () => events.flatMap((event) => event.update_operation_status?.status ?? []);
  return { clock, core, agent, newMaster, say, told };
}

describe('operations on the local master', () => {
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
