import { expect } from 'chai';
import { LocalAgent } from '../../../src/mesos/local/agent/agent.ts';
import { scriptedMachine } from '../../../src/mesos/local/executor/scripted.ts';
import { readJson } from '../../../src/mesos/local/http-exchange.ts';
import {
  createMaster,
  type LocalMaster,
  type Reply,
} from '../../../src/mesos/local/master/master.ts';
import { addBags, bagHolds } from '../../../src/mesos/local/resources/bag.ts';
import { readBag } from '../../../src/mesos/local/resources/wire.ts';
import { memoryVault } from '../../../src/mesos/local/vault.ts';
import type { V1Event, V1Resource } from '../../../src/mesos/v1.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { quiet, recordedAgent, recordedCalls } from '../../support/mesos.ts';
import {
  chanceOf,
  type Known,
  learn,
  someOperatorCall,
  someSchedulerCall,
  spoil,
} from '../../support/mesos-fuzz.ts';

const calls = 10_000;
const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const folders = [
  '04-reconcile',
  '06-invalid-calls',
  '08-reserve-volume',
  '12-maintenance-inverse-offers',
];

/** What there must be to hear where so much is asked. */
const lively = [
  'OFFERS',
  'RESCIND',
  'INVERSE_OFFERS',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_ERROR',
  'TASK_DROPPED',
  'OPERATION_FINISHED',
  'OPERATION_ERROR',
];

/** Refusals in Mesos' words that no recording happens to have; ids and names stand as `x`. */
const unrecorded = [
  /^400 Failed to convert JSON into Call protobuf: (Not expecting a JSON|Expecting a JSON object|Failed to base64|Missing required fields: )/,
  /^400 Failed to validate (scheduler|master)::Call: Expecting 'x' to be present$/,
  /^400 Failed to validate scheduler::Call: ('x' differs|Not a valid UUID)/,
  /^400 Unknown agent$/,
  /^400 No (agent|framework) found with specified ID$/,
  /^400 Invalid (RESERVE|UNRESERVE|CREATE|DESTROY) operation on agent/,
  /^400 (Failed to validate update weights|Failed to validate 'x': )/,
  /^400 'FrameworkInfo/,
  /^400 'x' (contains|must)/,
  /^400 Suppressed roles/,
  /^400 (List of machines|Both 'x' and|Machine 'x')/,
  /^409 .* does not contain /,
  /^501 The local master does not carry out /,
];

function formOf({ status, body }: Reply): string {
  if (typeof body === 'object') return `${status} JSON`;
  return `${status} ${(body ?? '').replaceAll(/'[^']*'/g, "'x'").replaceAll(/[0-9a-f-]{36}(-\w+)?/g, 'id')}`;
}

const recorded = new Set(
  folders.flatMap((folder) =>
    recordedCalls(folder).flatMap(({ answer }) =>
      answer ? [formOf(answer.body.startsWith('{') ? { ...answer, body: {} } : answer)] : [],
    ),
  ),
);

describe('random calls to the local master', () => {
  const heardOfAll = new Set<string>();

  for (const seed of seeds) {
    it(`never break it, nor get an answer of an unknown form, in ${calls} from seed ${seed}`, async function () {
      this.timeout(60_000);
      const { strangers, heard, master } = await play(seed);
      expect(Object.fromEntries(strangers)).to.deep.equal({});
      for (const one of heard) heardOfAll.add(one);
      expectSound(master);
      master.stop();
    });
  }

  it('are not all refused', () => expect([...heardOfAll]).to.include.members(lively));
});

async function play(seed: number) {
  const heard = new Set<string>();
  const clock = virtualClock();
  const random = seededRandom(seed);
  const chance = chanceOf(random);
  const master = createMaster({
    clock,
    random,
    log: quiet,
    vault: memoryVault(),
    allocationMs: 50,
  });
  for (let index = 1; index <= 4; index++) connectAgent(index);
  const frameworks = Array.from({ length: 3 }, () => aFramework());
  const strangers = new Map<string, string>();
  const masterId = agentIdOf(master).replace(/-S\d+$/, '');

  function connectAgent(index: number): void {
    const launcher = scriptedMachine({
      clock,
      random,
      script: () => ({ startMs: 5, runMs: 40 }),
    });
    const info = { ...recordedAgent, hostname: `agent-${index}`, port: 6000 + index };
    const common = { clock, random, log: quiet, vault: memoryVault() };
    new LocalAgent({ ...common, info, launcher }).connect(master);
  }

  function aFramework(): Known {
    const known: Known = {
      frameworkId: '',
      streamId: '',
      offers: [],
      tasks: [],
      updates: [],
      operations: [],
    };
    subscribe(known);
    return known;
  }

  function subscribe(known: Known): void {
    const framework_info = {
      user: 'root',
      name: 'fuzz',
      roles: ['db'],
      principal: 'p',
      failover_timeout: 1000,
      capabilities: [{ type: 'MULTI_ROLE' }, { type: 'RESERVATION_REFINEMENT' }],
    };
    master.scheduler(
      { type: 'SUBSCRIBE', subscribe: { framework_info } },
      {
        open(id) {
          known.streamId = id;
          const hear = (event: V1Event) => {
            heard.add(
              event.update?.status.state ??
                event.update_operation_status?.status.state ??
                event.type ??
                '',
            );
            learn(known, event);
          };
          return { send: hear, end: () => {} };
        },
      },
    );
  }

  function send(count: number): Reply | undefined {
    const known = chance.pick(frameworks);
    const ground = { chance, known, masterId, count };
    if (chance.once(5)) return master.operator(garble(someOperatorCall(ground)));
    const from = chance.once(40) ? {} : { streamId: known.streamId };
    const reply = master.scheduler(garble(someSchedulerCall(ground)), from);
    if (reply?.body === 'Framework cannot be found') subscribe(known);
    return reply;
  }

  function garble(call: object): unknown {
    return readJson(JSON.stringify(chance.once(3) ? spoil(call, chance) : call) ?? 'null');
  }

  for (let count = 0; count < calls; count++) {
    const reply = send(count);
    if (count % 20 === 0) await clock.advance(10);
    if (!reply) continue;
    const form = formOf(reply);
    const isKnown = recorded.has(form) || unrecorded.some((one) => one.test(form));
    if (!isKnown) strangers.set(form, String(reply.body));
  }
  return { strangers, heard, master };
}

interface Agents {
  readonly get_agents: {
    readonly agents: readonly {
      readonly agent_info: { readonly id: { readonly value: string } };
      readonly total_resources: readonly V1Resource[];
      readonly allocated_resources?: readonly V1Resource[];
      readonly offered_resources?: readonly V1Resource[];
    }[];
  };
}

function agentsOf(master: LocalMaster): Agents['get_agents']['agents'] {
  const { body } = master.operator({ type: 'GET_AGENTS' }) ?? {};
  return (body as Agents).get_agents.agents;
}

function agentIdOf(master: LocalMaster): string {
  return agentsOf(master)[0]?.agent_info.id.value ?? '';
}

/** Nothing is given away twice, and reservations and volumes take nothing from the world. */
function expectSound(master: LocalMaster): void {
  for (const agent of agentsOf(master)) {
    const total = readBag(agent.total_resources);
    const given = addBags(readBag(agent.allocated_resources), readBag(agent.offered_resources));
    expect(bagHolds(total, given), agent.agent_info.id.value).to.equal(true);
    const plain = readBag(
      agent.total_resources.map(({ name, type, scalar, ranges }) => ({
        name,
        type,
        ...(scalar ? { scalar } : {}),
        ...(ranges ? { ranges } : {}),
      })),
    );
    expect(bagHolds(plain, readBag(recordedAgent.resources))).to.equal(true);
    expect(bagHolds(readBag(recordedAgent.resources), plain)).to.equal(true);
  }
}
