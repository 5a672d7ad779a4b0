import { expect } from 'chai';
import { eventToProtobuf } from '../../../src/mesos/local/master/protobuf.ts';
import type { V1Event } from '../../../src/mesos/v1.ts';
import { readMessage, type WireMessage } from '../../support/protobuf.ts';

const id = (value: string) => ({ value });

/** The events that the recording as protobuf has not, by the numbers of Mesos' messages. */
const table: readonly (readonly [V1Event, WireMessage])[] = [
  [{ type: 'HEARTBEAT' }, { 1: [8n] }],
  [
    { type: 'RESCIND', rescind: { offer_id: id('o-1') } },
    { 1: [3n], 4: [{ 1: [{ 1: ['o-1'] }] }] },
  ],
  [
    { type: 'FAILURE', failure: { agent_id: id('a-S0'), executor_id: id('e'), status: -1 } },
    { 1: [6n], 7: [{ 1: [{ 1: ['a-S0'] }], 2: [{ 1: ['e'] }], 3: [2n ** 64n - 1n] }] },
  ],
  [
    { type: 'ERROR', error: { message: 'no' } },
    { 1: [7n], 8: [{ 1: ['no'] }] },
  ],
  [
    {
      type: 'UPDATE',
      update: {
        status: {
          task_id: id('t'),
          state: 'TASK_LOST',
          message: 'Grüße',
          source: 'SOURCE_MASTER',
          reason: 'REASON_RECONCILIATION',
          agent_id: id('a-S0'),
          timestamp: 1.5,
          uuid: '/////////////////////w==',
          unreachable_time: { nanoseconds: 1_700_000_000_000_000_000 },
          container_status: {
            container_id: id('c'),
            network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] }],
            executor_pid: 300,
          },
        },
      },
    },
    {
      1: [4n],
      5: [
        {
          1: [
            {
              1: [{ 1: ['t'] }],
              2: [5n],
              4: [Buffer.from('Grüße').toString('hex')],
              5: [{ 1: ['a-S0'] }],
              6: [1.5],
              9: [0n],
              10: [9n],
              11: ['ff'.repeat(16)],
              13: [{ 1: [{ 5: [{ 1: [1n], 2: ['127.0.0.1'] }] }], 3: [300n], 4: [{ 1: ['c'] }] }],
              14: [{ 1: [1_700_000_000_000_000_000n] }],
            },
          ],
        },
      ],
    },
  ],
];

describe('events as protobuf', () => {
  for (const [event, wire] of table) {
    it(`writes ${event.type}`, () => {
      expect(readMessage(eventToProtobuf(event))).to.deep.equal(wire);
    });
  }

  it('writes what checks say', () => {
    const status = {
      task_id: id('t'),
      state: 'TASK_RUNNING',
      healthy: false,
      check_status: { type: 'COMMAND', command: { exit_code: 7 } },
    };
    expect(readMessage(eventToProtobuf({ update: { status } }))).to.deep.equal({
      5: [{ 1: [{ 1: [{ 1: ['t'] }], 2: [1n], 8: [0n], 15: [{ 1: [1n], 2: [{ 1: [7n] }] }] }] }],
    });
  });

  it('leaves out what it has no number for', () => {
    const event = { type: 'NEWS', error: { message: 'no', cause: 'none' } };
    expect(readMessage(eventToProtobuf(event))).to.deep.equal({ 8: [{ 1: ['no'] }] });
  });
});
