/** Calls of any kind, right and wrong, made by chance from what a master and its frameworks said. */
import type { V1Event, V1Resource } from '../../src/mesos/v1.ts';
import type { Random } from '../../src/runtime/port.ts';

/** What is known of one framework. */
export interface Known {
  frameworkId: string;
  streamId: string;
  readonly offers: string[];
  readonly tasks: string[];
  readonly updates: object[];
  readonly operations: object[];
}

export interface Chance {
  pick<Item>(items: readonly Item[]): Item;
  /** True once in so many times. */
  once(times: number): boolean;
  next(): number;
}

const keptMax = 50;

export function chanceOf(random: Random): Chance {
  const next = () => random.next();
  return {
    next,
    once: (times) => next() * times < 1,
    pick: (items) => items[Math.floor(next() * items.length)] as (typeof items)[number],
  };
}

/** Remembers what later calls may name. */
export function learn(known: Known, event: V1Event): void {
  if (event.subscribed) known.frameworkId = event.subscribed.framework_id.value;
  for (const { id } of event.offers?.offers ?? []) push(known.offers, id.value);
  for (const { id } of event.inverse_offers?.inverse_offers ?? []) push(known.offers, id.value);
  const status = event.update?.status;
  if (status) push(known.tasks, status.task_id.value);
  if (status?.uuid !== undefined) {
    const { agent_id, task_id, uuid } = status;
    push(known.updates, { agent_id, task_id, uuid });
  }
  const said = event.update_operation_status?.status;
  if (said?.uuid) {
    const { operation_id, agent_id, uuid } = said;
    push(known.operations, { operation_id, agent_id, uuid: uuid.value });
  }
}

function push<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length > keptMax) items.shift();
}

const strange: readonly unknown[] = [
  null,
  '',
  0,
  -1,
  1e308,
  true,
  [],
  {},
  'é\u0000',
  [null],
  [[]],
  'x'.repeat(300),
];

/** A copy in which one part, wherever, is gone or something else. */
export function spoil(value: unknown, chance: Chance): unknown {
  if (typeof value !== 'object' || value === null || chance.once(6)) return chance.pick(strange);
  const entries = Object.entries(value);
  if (entries.length === 0) return chance.pick(strange);
  const [name, part] = chance.pick(entries);
  const changed = chance.once(4) ? undefined : spoil(part, chance);
  const copy: Record<string, unknown> = { ...value, [name]: changed };
  return Array.isArray(value) ? Object.values(copy) : copy;
}

const agentIds = (chance: Chance, masterId: string) =>
  `${masterId}-S${Math.floor(chance.next() * 4)}`;

interface Ground {
  readonly chance: Chance;
  readonly known: Known;
  readonly masterId: string;
  readonly count: number;
}

function someResources({ chance }: Ground): readonly V1Resource[] {
  const amount = (name: string, value: number): V1Resource => {
    const role = chance.once(3) ? { role: 'db', reservation: { principal: 'p' } } : {};
    return { name, type: 'SCALAR', scalar: { value }, ...role };
  };
  const disk: V1Resource = {
    ...amount('disk', 32),
    reservations: [{ type: 'DYNAMIC', role: 'db', principal: 'p' }],
    disk: {
      persistence: { id: chance.pick(['v1', 'v2', 'v3']) },
      volume: { container_path: 'data', mode: 'RW' },
    },
  };
  const ports: V1Resource = {
    name: 'ports',
    type: 'RANGES',
    ranges: { range: [{ begin: 31_000, end: 31_000 + Math.floor(chance.next() * 5) }] },
  };
  const some = [amount('cpus', chance.pick([0.1, 0.5, 9])), amount('mem', 32)];
  return [...some, ...(chance.once(4) ? [disk] : []), ...(chance.once(4) ? [ports] : [])];
}

function someOperation(ground: Ground): object {
  const { chance, masterId, count, known } = ground;
  const resources = someResources(ground);
  const agent_id = { value: agentIds(chance, masterId) };
  const id = chance.once(2) ? {} : { id: { value: `op-${count}` } };
  const value = chance.once(9) ? chance.pick(['', 'a/b', '..', ...known.tasks]) : `t-${count}`;
  const task = { name: 't', task_id: { value }, agent_id, resources, command: { value: 'true' } };
  const executor = {
    type: 'DEFAULT',
    executor_id: { value: chance.pick(['e1', 'e2']) },
    framework_id: { value: known.frameworkId },
    resources: ['cpus', 'mem', 'disk'].map((name) => ({
      name,
      type: 'SCALAR',
      scalar: { value: name === 'cpus' ? 0.1 : 32 },
    })),
  };
  const volumes = resources.filter(({ disk }) => disk);
  return chance.pick<object>([
    { type: 'LAUNCH', launch: { task_infos: [task] } },
    { type: 'LAUNCH', launch: { task_infos: [task, task] } },
    { type: 'LAUNCH_GROUP', launch_group: { executor, task_group: { tasks: [task] } } },
    { type: 'RESERVE', ...id, reserve: { resources } },
    { type: 'UNRESERVE', ...id, unreserve: { resources } },
    { type: 'CREATE', ...id, create: { volumes } },
    { type: 'DESTROY', ...id, destroy: { volumes } },
    { type: 'GROW_VOLUME', ...id },
  ]);
}

/** A scheduler call that is right in form, whatever becomes of it. */
export function someSchedulerCall(ground: Ground): object {
  const { chance, known, masterId, count } = ground;
  const offer_ids = [{ value: chance.pick([...known.offers.slice(-3), 'no-such']) }];
  const filters = chance.once(2) ? {} : { filters: { refuse_seconds: chance.pick([-1, 0, 0.1]) } };
  const agent_id = { value: agentIds(chance, masterId) };
  const task_id = { value: chance.pick([...known.tasks, 'no-such']) };
  const operations = [someOperation(ground), someOperation(ground)];
  const framework_info = {
    user: 'root',
    name: 'fuzz',
    roles: chance.pick([['db'], ['*'], ['db', 'web'], ['a/b'], ['-x']]),
    principal: 'p',
    failover_timeout: 1000,
    capabilities: ['MULTI_ROLE', 'RESERVATION_REFINEMENT', 'PARTITION_AWARE']
      .filter(() => !chance.once(5))
      .map((type) => ({ type })),
    id: { value: known.frameworkId },
  };
  const roles = chance.pick([[], ['db'], ['nobody']]);
  const executor_id = { value: 'e1' };
  const accept = { offer_ids, operations, ...filters };
  const inverse_offer_ids = offer_ids;
  const body = chance.pick<object>([
    ...[1, 2, 3, 4].map(() => ({ type: 'ACCEPT', accept })),
    { type: 'DECLINE', decline: { offer_ids, ...filters } },
    { type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: { inverse_offer_ids } },
    { type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers: { inverse_offer_ids } },
    { type: 'REVIVE', revive: { roles } },
    { type: 'REVIVE' },
    ...(chance.once(4) ? [{ type: 'SUPPRESS', suppress: { roles } }] : []),
    { type: 'KILL', kill: { task_id, ...(chance.once(2) ? {} : { agent_id }) } },
    { type: 'SHUTDOWN', shutdown: { executor_id, agent_id } },
    { type: 'ACKNOWLEDGE', acknowledge: known.updates.at(-1) ?? { agent_id, task_id, uuid: 'x' } },
    { type: 'ACKNOWLEDGE_OPERATION_STATUS', acknowledge_operation_status: known.operations.at(-1) },
    { type: 'RECONCILE', reconcile: { tasks: chance.once(2) ? [] : [{ task_id, agent_id }] } },
    {
      type: 'RECONCILE_OPERATIONS',
      reconcile_operations: { operations: [{ operation_id: { value: `op-${count - 5}` } }] },
    },
    { type: 'MESSAGE', message: { agent_id, executor_id, data: 'aGk=' } },
    { type: 'REQUEST', request: { requests: [{ agent_id, resources: someResources(ground) }] } },
    { type: 'UPDATE_FRAMEWORK', update_framework: { framework_info } },
    ...(chance.once(60) ? [{ type: 'TEARDOWN' }] : []),
  ]);
  return { framework_id: { value: known.frameworkId }, ...body };
}

/** The same for the operator API. */
export function someOperatorCall(ground: Ground): object {
  const { chance, masterId, known } = ground;
  const agent_id = { value: chance.once(9) ? 'nope' : agentIds(chance, masterId) };
  const resources = someResources(ground).map((one) => ({ ...one, role: undefined }));
  const machines = [{ hostname: chance.pick(['agent-1', 'agent-2', 'agent-9']), ip: '127.0.0.1' }];
  const unavailability = { start: { nanoseconds: 1e18 } };
  const reads = [
    'HEALTH',
    'VERSION',
    'FLAGS',
    'AGENTS',
    'FRAMEWORKS',
    'TASKS',
    'ROLES',
    'OPERATIONS',
  ];
  const rare = [
    'STATE',
    'METRICS',
    'WEIGHTS',
    'QUOTA',
    'MAINTENANCE_STATUS',
    'MAINTENANCE_SCHEDULE',
  ];
  return chance.pick<object>([
    { type: `GET_${chance.pick(chance.once(3) ? rare : reads)}`, get_metrics: {} },
    { type: 'RESERVE_RESOURCES', reserve_resources: { agent_id, resources } },
    { type: 'UNRESERVE_RESOURCES', unreserve_resources: { agent_id, resources } },
    { type: 'CREATE_VOLUMES', create_volumes: { agent_id, volumes: resources } },
    { type: 'DESTROY_VOLUMES', destroy_volumes: { agent_id, volumes: resources } },
    {
      type: 'UPDATE_WEIGHTS',
      update_weights: { weight_infos: [{ role: 'db', weight: chance.pick([1, 2, -1]) }] },
    },
    {
      type: 'UPDATE_QUOTA',
      update_quota: { quota_configs: [{ role: 'db', limits: { cpus: { value: 3 } } }] },
    },
    { type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } },
    { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } },
    { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } },
    { type: 'DRAIN_AGENT', drain_agent: { agent_id } },
    {
      type: 'UPDATE_MAINTENANCE_SCHEDULE',
      update_maintenance_schedule: {
        schedule: { windows: chance.once(2) ? [] : [{ machine_ids: machines, unavailability }] },
      },
    },
    {
      type: 'TEARDOWN',
      teardown: { framework_id: { value: chance.once(9) ? known.frameworkId : 'no' } },
    },
  ]);
}
