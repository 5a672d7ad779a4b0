import { expect } from 'chai';
import fc from 'fast-check';
import { masterOver } from '../../../src/mesos/adapter.ts';
import { fromPiece, toPiece } from '../../../src/mesos/pieces.ts';
import type { FrameworkInfo, Launch, Master, ResourcePiece } from '../../../src/mesos/port.ts';
import type { V1Call, V1Event, V1Resource } from '../../../src/mesos/v1.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { aLaunch, quiet, readFixture } from '../../support/mesos.ts';

const recorded: Readonly<Record<string, V1Call>> = JSON.parse(
  readFixture('calls/recorded.json').toString(),
);
const titan: FrameworkInfo = { name: 'titan', user: 'root', roles: ['db'], failoverTimeoutMs: 0 };

/** What a master over a transport that takes everything sends for `ask`, once it is subscribed. */
async function sentFor(
  call: V1Call,
  ask: (master: Master) => Promise<void>,
  resources: readonly V1Resource[] = [],
): Promise<V1Call | undefined> {
  const sent: V1Call[] = [];
  const agent_id = { value: agentOf(call) };
  const framework_id = call.framework_id ?? { value: 'f' };
  const [id = { value: 'o' }] = call.accept?.offer_ids ?? [];
  const events: readonly V1Event[] = [
    { type: 'SUBSCRIBED', subscribed: { framework_id } },
    {
      type: 'OFFERS',
      offers: { offers: [{ id, framework_id, agent_id, hostname: 'h', resources }] },
    },
  ];
  const transport = {
    async call(_path: string, one: V1Call) {
      sent.push(one);
      return { status: 202, body: '' };
    },
    async subscribe() {
      return {
        streamId: 's',
        events: (async function* () {
          yield* events;
          await ask(master);
        })(),
      };
    },
  };
  const master = masterOver({ transport, clock: virtualClock(), log: quiet });
  for await (const _event of master.subscribe(titan, new AbortController().signal));
  return sent[0];
}

function agentOf(call: V1Call): string {
  return /"agent_id":\{"value":"([^"]+)"/.exec(JSON.stringify(call))?.[1] ?? 'agent';
}

const reservations = [
  { dynamic: true, role: 'db', principal: 'db-principal', labels: { svc: 'x' } },
];
const reserved = (name: string, value: number): ResourcePiece => ({
  name,
  amount: { type: 'scalar', value },
  role: 'db',
  reservations,
  revocable: false,
  shared: false,
});
const three = [reserved('cpus', 0.5), reserved('mem', 64), reserved('disk', 64)];
const volume: ResourcePiece = {
  ...reserved('disk', 64),
  volume: { id: 'vol-refine', principal: 'db-principal', path: 'data', readOnly: false },
};
const plain: readonly V1Resource[] = [
  { name: 'cpus', type: 'SCALAR', scalar: { value: 4 }, allocation_info: { role: 'db' } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 2048 }, allocation_info: { role: 'db' } },
  { name: 'disk', type: 'SCALAR', scalar: { value: 4096 }, allocation_info: { role: 'db' } },
];
const worker = (taskId: string): Launch =>
  aLaunch(taskId, {
    cpus: 0.5,
    memoryMiB: 64,
    mounts: [{ path: 'data', readOnly: false, from: { type: 'volume', piece: volume } }],
  });

function offerIds(name: string): readonly string[] {
  return (recorded[name]?.accept?.offer_ids ?? []).map(({ value }) => value);
}

describe('the calls of the adapter', () => {
  const cases: Readonly<Record<string, (master: Master) => Promise<void>>> = {
    reserve: (master) =>
      master.accept(
        offerIds('reserve'),
        [],
        [{ do: 'reserve', id: 'op-reserve-refine', pieces: three }],
      ),
    create: (master) => master.accept(offerIds('create'), [], [{ do: 'create', pieces: [volume] }]),
    destroy: (master) =>
      master.accept(offerIds('destroy'), [], [{ do: 'destroy', pieces: [volume] }]),
    unreserve: (master) =>
      master.accept(
        offerIds('unreserve'),
        [],
        [{ do: 'unreserve', id: 'op-unreserve-refine', pieces: three }],
      ),
    'acknowledge an operation': (master) =>
      master.acknowledgeOperation({
        operationId: 'op-reserve-refine',
        state: 'OPERATION_FINISHED',
        uuid: 'cMs+bboFSMa4nYsOkMPMwQ==',
        agentId: '975a1da4-aad8-400c-a5e6-6d8ad08c6295-S0',
      }),
    'reconcile all operations': (master) => master.reconcileOperations([]),
    'reconcile an operation': (master) =>
      master.reconcileOperations([
        { operationId: 'op-nosuch', agentId: '975a1da4-aad8-400c-a5e6-6d8ad08c6295-S0' },
      ]),
    'shut an executor down': (master) =>
      master.shutdown({
        executorId: 'exec-g4',
        agentId: '95f0a5f0-08bb-4209-9aa1-de74190d7889-S0',
      }),
    message: (master) =>
      master.message({
        executorId: 'echo',
        agentId: '21af244d-1493-4068-9b23-7cb1e690125c-S0',
        data: Buffer.from('hello executor'),
      }),
    'accept an inverse offer': (master) =>
      master.answerInverse(['ade949ba-b3d6-4571-8883-e52bb4ff5e4c-O2'], 'accept', 5_000),
  };
  for (const [name, ask] of Object.entries(cases)) {
    it(`${name} as it was recorded`, async () => {
      const call = recorded[name] ?? {};
      expect(await sentFor(call, ask)).to.deep.equal(call);
    });
  }

  it('launches with a volume on what was reserved and created in the same call', async () => {
    const call = recorded['reserve, create and launch'] ?? {};
    const ask = (master: Master) =>
      master.accept(
        offerIds('reserve, create and launch'),
        [worker('all-refine')],
        [
          { do: 'reserve', pieces: three },
          { do: 'create', pieces: [volume] },
        ],
      );
    const sent = await sentFor(call, ask, plain);
    const [reserve, create, launch] = sent?.accept?.operations ?? [];
    const [reserveThen, createThen, launchThen] = call.accept?.operations ?? [];
    expect([reserve, create]).to.deep.equal([reserveThen, createThen]);
    const resourcesOf = (operation: typeof launch) =>
      (operation?.launch?.task_infos?.[0]?.resources ?? []).toSorted((a, b) =>
        a.name < b.name ? -1 : 1,
      );
    expect(resourcesOf(launch).map(simple)).to.have.deep.members([
      'cpus 0.5 ',
      'mem 64 ',
      'disk 64 db vol-refine data',
    ]);
    expect(resourcesOf(launch).find(({ disk }) => disk)).to.deep.equal(
      resourcesOf(launchThen).find(({ disk }) => disk),
    );
  });

  it('launches a group as it was recorded: executor, shared folder, check and health check', async () => {
    const call = recorded['launch a group'] ?? {};
    const shared = [{ path: 'shared', readOnly: false, from: { type: 'shared', name: 'shared' } }];
    const times = { delayMs: 0, intervalMs: 1_000, timeoutMs: 5_000 };
    const group = aLaunch('g1-a', {
      mounts: shared as Launch['mounts'] & object,
      readiness: { ...times, probe: { type: 'command', command: ['test', '-e', 'shared/g'] } },
      sidecars: [
        {
          ...aLaunch('g1-b'),
          mounts: shared as Launch['mounts'] & object,
          health: {
            ...times,
            probe: { type: 'command', command: ['true'] },
            failures: 3,
            graceMs: 1_000,
          },
        },
      ],
    });
    const ask = (master: Master) => master.accept(offerIds('launch a group'), [group]);
    const sent = (await sentFor(call, ask))?.accept?.operations?.[0]?.launch_group;
    const then = call.accept?.operations?.[0]?.launch_group;
    const { executor_id, resources, shutdown_grace_period, ...executor } = sent?.executor ?? {};
    const { executor_id: _id, resources: resourcesThen, ...executorThen } = then?.executor ?? {};
    expect(executor).to.deep.equal(executorThen);
    expect(executor_id).to.deep.equal({ value: 'g1-a' });
    expect(shutdown_grace_period).to.deep.equal({ nanoseconds: 1e9 });
    expect(resources).to.deep.equal(resourcesThen);
    const [a, b] = sent?.task_group?.tasks ?? [];
    const [aThen, bThen] = then?.task_group?.tasks ?? [];
    expect([a?.container, b?.container]).to.deep.equal([aThen?.container, bThen?.container]);
    expect([a?.resources, b?.resources]).to.deep.equal([aThen?.resources, bThen?.resources]);
    const command = { shell: false, value: 'true', arguments: ['true'] };
    expect(b?.health_check).to.deep.equal({ ...bThen?.health_check, command });
    expect(a?.check).to.deep.include({ ...aThen?.check, command: a?.check?.command });
  });

  it('says at UPDATE_FRAMEWORK what it says at SUBSCRIBE, with the id', async () => {
    const changed = { ...titan, roles: ['db', 'web'], suppressedRoles: ['web'], gpus: true };
    const sent = await sentFor({}, (master) => master.updateFramework(changed));
    const { framework_info: info, suppressed_roles } = sent?.update_framework ?? {};
    expect(info?.id).to.deep.equal({ value: 'f' });
    expect(info?.roles).to.deep.equal(['db', 'web']);
    expect(suppressed_roles).to.deep.equal(['web']);
    expect(info?.capabilities?.map(({ type }) => type)).to.deep.equal([
      'MULTI_ROLE',
      'PARTITION_AWARE',
      'REGION_AWARE',
      'RESERVATION_REFINEMENT',
      'TASK_KILLING_STATE',
      'GPU_RESOURCES',
    ]);
  });

  it('names the roles that it revives and suppresses, and asks for resources by name', async () => {
    const amounts = { cpus: 2, memoryMiB: 0, diskMiB: 0, ports: [], others: { gpus: 1 } };
    expect(await sentFor({}, (master) => master.revive(['db']))).to.deep.include({
      type: 'REVIVE',
      revive: { roles: ['db'] },
    });
    expect(await sentFor({}, (master) => master.suppress())).to.not.have.property('suppress');
    const asked = await sentFor({}, (master) => master.request(amounts));
    expect(asked?.request?.requests[0]?.resources.map(simple)).to.deep.equal([
      'cpus 2 ',
      'gpus 1 ',
    ]);
  });
});

function simple({ name, scalar, reservations: layers = [], disk }: V1Resource): string {
  const roles = layers.map(({ role }) => role).join('/');
  const volume = disk?.persistence ? ` ${disk.persistence.id} ${disk.volume?.container_path}` : '';
  return `${name} ${scalar?.value} ${roles}${volume}`;
}

describe('pieces of resources', () => {
  it('lose nothing from the wire and back', () => {
    const text = fc.stringMatching(/^[a-z]{1,5}$/);
    const optional = <T>(name: string, value: fc.Arbitrary<T>) =>
      fc.option(value, { nil: undefined }).map((v) => (v === undefined ? {} : { [name]: v }));
    const amount = fc.oneof(
      fc.nat(9).map((value) => ({ type: 'SCALAR', scalar: { value } })),
      fc.nat(9).map((begin) => ({ type: 'RANGES', ranges: { range: [{ begin, end: 9 }] } })),
      fc.array(text).map((item) => ({ type: 'SET', set: { item } })),
    );
    const layer = fc
      .tuple(
        text,
        optional('principal', text),
        optional(
          'labels',
          text.map((key) => ({ labels: [{ key, value: 'v' }] })),
        ),
      )
      .map(([role, principal, labels]) => ({ type: 'DYNAMIC', role, ...principal, ...labels }));
    const disk = text.map((id) => ({
      persistence: { id },
      volume: { mode: 'RW', container_path: 'data' },
      source: { type: 'MOUNT', mount: { root: id } },
    }));
    const resource = fc
      .tuple(
        text,
        amount,
        optional('allocation_info', fc.record({ role: text })),
        optional('reservations', fc.array(layer, { minLength: 1, maxLength: 3 })),
        optional('disk', disk),
        optional('revocable', fc.constant({})),
        optional('shared', fc.constant({})),
        optional('provider_id', fc.record({ value: text })),
      )
      .map(([name, ...parts]) => Object.assign({ name }, ...parts) as V1Resource);
    fc.assert(
      fc.property(resource, (one) => {
        expect(fromPiece(toPiece(one))).to.deep.equal(one);
      }),
    );
  });

  it('read a reservation of the older form', () => {
    const old = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, role: 'db' };
    expect(toPiece(old).reservations).to.deep.equal([{ dynamic: false, role: 'db', labels: {} }]);
    const principal = 'p';
    expect(toPiece({ ...old, reservation: { principal } }).reservations).to.deep.equal([
      { dynamic: true, role: 'db', principal, labels: {} },
    ]);
    expect(toPiece({ ...old, role: '*' }).reservations).to.deep.equal([]);
  });
});
