/**
 * Events in the form that Mesos gives to who accepts `application/x-protobuf`. It writes JSON's
 * fields by a table of their numbers; those that the table has not are left out.
 */
import type { V1Event } from '../../v1.ts';

type Scalar = 'text' | 'base64' | 'double' | 'integer' | 'boolean';
interface Enum {
  readonly names: Readonly<Record<string, number>>;
}
interface Message {
  readonly fields: Readonly<Record<string, Field>>;
}
/** A field's number, and what it holds; a list in JSON is the field several times. */
type Field = readonly [number, Scalar | Enum | Message];

const wireVarint = 0;
const wireDouble = 1;
const wireBytes = 2;

const value: Message = { fields: { value: [1, 'text'] } };
const scalar: Message = { fields: { value: [1, 'double'] } };
const named: Message = { fields: { name: [1, 'text'] } };
const time: Message = { fields: { nanoseconds: [1, 'integer'] } };
const allocation: Message = { fields: { role: [1, 'text'] } };
const address: Message = {
  fields: { hostname: [1, 'text'], ip: [2, 'text'], port: [3, 'integer'] },
};
const range: Message = { fields: { begin: [1, 'integer'], end: [2, 'integer'] } };
const ranges: Message = { fields: { range: [1, range] } };
const valueType: Enum = { names: { SCALAR: 0, RANGES: 1, SET: 2, TEXT: 3 } };

const resource: Message = {
  fields: {
    name: [1, 'text'],
    type: [2, valueType],
    scalar: [3, scalar],
    ranges: [4, ranges],
    role: [6, 'text'],
    allocation_info: [11, allocation],
  },
};

const attribute: Message = {
  fields: {
    name: [1, 'text'],
    type: [2, valueType],
    scalar: [3, scalar],
    ranges: [4, ranges],
    text: [5, value],
  },
};

const domain: Message = {
  fields: { fault_domain: [1, { fields: { region: [1, named], zone: [2, named] } }] },
};

const offer: Message = {
  fields: {
    id: [1, value],
    framework_id: [2, value],
    agent_id: [3, value],
    hostname: [4, 'text'],
    resources: [5, resource],
    attributes: [7, attribute],
    url: [8, { fields: { scheme: [1, 'text'], address: [2, address], path: [3, 'text'] } }],
    allocation_info: [10, allocation],
    domain: [11, domain],
  },
};

const masterInfo: Message = {
  fields: {
    id: [1, 'text'],
    ip: [2, 'integer'],
    port: [3, 'integer'],
    pid: [4, 'text'],
    hostname: [5, 'text'],
    version: [6, 'text'],
    address: [7, address],
    domain: [8, domain],
    capabilities: [
      9,
      { fields: { type: [1, { names: { AGENT_UPDATE: 1, AGENT_DRAINING: 2, QUOTA_V2: 3 } }] } },
    ],
  },
};

const taskState: Enum = {
  names: {
    TASK_STARTING: 0,
    TASK_RUNNING: 1,
    TASK_FINISHED: 2,
    TASK_FAILED: 3,
    TASK_KILLED: 4,
    TASK_LOST: 5,
    TASK_STAGING: 6,
    TASK_ERROR: 7,
    TASK_KILLING: 8,
    TASK_DROPPED: 9,
    TASK_UNREACHABLE: 10,
    TASK_GONE: 11,
    TASK_GONE_BY_OPERATOR: 12,
    TASK_UNKNOWN: 13,
  },
};

/** The reasons that the local master and its agents give. */
const reason: Enum = {
  names: {
    REASON_COMMAND_EXECUTOR_FAILED: 0,
    REASON_EXECUTOR_TERMINATED: 1,
    REASON_INVALID_OFFERS: 6,
    REASON_RECONCILIATION: 9,
    REASON_AGENT_DISCONNECTED: 10,
    REASON_AGENT_REMOVED: 11,
    REASON_AGENT_RESTARTED: 12,
    REASON_AGENT_UNKNOWN: 13,
    REASON_TASK_INVALID: 14,
    REASON_TASK_UNKNOWN: 16,
    REASON_CONTAINER_LAUNCH_FAILED: 21,
    REASON_TASK_GROUP_INVALID: 25,
    REASON_TASK_CHECK_STATUS_UPDATED: 28,
    REASON_TASK_HEALTH_CHECK_STATUS_UPDATED: 29,
    REASON_TASK_KILLED_DURING_LAUNCH: 30,
    REASON_AGENT_REMOVED_BY_OPERATOR: 31,
    REASON_AGENT_REREGISTERED: 32,
    REASON_MAX_COMPLETION_TIME_REACHED: 33,
  },
};

const container: Message = {
  fields: {
    network_infos: [
      1,
      {
        fields: {
          ip_addresses: [
            5,
            {
              fields: {
                protocol: [1, { names: { IPv4: 1, IPv6: 2 } }],
                ip_address: [2, 'text'],
              },
            },
          ],
        },
      },
    ],
    executor_pid: [3, 'integer'],
    container_id: [4, value],
  },
};

const checkStatus: Message = {
  fields: {
    type: [1, { names: { COMMAND: 1, HTTP: 2, TCP: 3 } }],
    command: [2, { fields: { exit_code: [1, 'integer'] } }],
    http: [3, { fields: { status_code: [1, 'integer'] } }],
    tcp: [4, { fields: { succeeded: [1, 'boolean'] } }],
  },
};

const status: Message = {
  fields: {
    task_id: [1, value],
    state: [2, taskState],
    message: [4, 'text'],
    agent_id: [5, value],
    timestamp: [6, 'double'],
    executor_id: [7, value],
    healthy: [8, 'boolean'],
    source: [9, { names: { SOURCE_MASTER: 0, SOURCE_AGENT: 1, SOURCE_EXECUTOR: 2 } }],
    reason: [10, reason],
    uuid: [11, 'base64'],
    container_status: [13, container],
    unreachable_time: [14, time],
    check_status: [15, checkStatus],
  },
};

const eventType: Enum = {
  names: {
    SUBSCRIBED: 1,
    OFFERS: 2,
    RESCIND: 3,
    UPDATE: 4,
    MESSAGE: 5,
    FAILURE: 6,
    ERROR: 7,
    HEARTBEAT: 8,
    INVERSE_OFFERS: 9,
    RESCIND_INVERSE_OFFER: 10,
    UPDATE_OPERATION_STATUS: 11,
  },
};

const event: Message = {
  fields: {
    type: [1, eventType],
    subscribed: [
      2,
      {
        fields: {
          framework_id: [1, value],
          heartbeat_interval_seconds: [2, 'double'],
          master_info: [3, masterInfo],
        },
      },
    ],
    offers: [3, { fields: { offers: [1, offer] } }],
    rescind: [4, { fields: { offer_id: [1, value] } }],
    update: [5, { fields: { status: [1, status] } }],
    failure: [
      7,
      { fields: { agent_id: [1, value], executor_id: [2, value], status: [3, 'integer'] } },
    ],
    error: [8, { fields: { message: [1, 'text'] } }],
  },
};

/** An event's bytes, without the length that RecordIO puts before them. */
export function eventToProtobuf(told: V1Event): Buffer {
  return message(told, event);
}

function message(json: object, { fields }: Message): Buffer {
  const values = new Map<string, unknown>(Object.entries(json));
  const parts = Object.entries(fields).flatMap(([name, field]) => {
    const held = values.get(name);
    if (held === undefined || held === null) return [];
    return (Array.isArray(held) ? held : [held]).map((one: unknown) => write(one, field));
  });
  return Buffer.concat(parts);
}

/** One field with its tag; nothing where JSON holds no such thing or an enum has no such name. */
function write(held: unknown, [number, is]: Field): Buffer {
  if (typeof is === 'object') {
    if ('fields' in is) return isObject(held) ? sized(number, message(held, is)) : nothing;
    const known = is.names[String(held)];
    return known === undefined ? nothing : tagged(number, wireVarint, varint(known));
  }
  switch (is) {
    case 'text':
      return sized(number, Buffer.from(String(held)));
    case 'base64':
      return sized(number, Buffer.from(String(held), 'base64'));
    case 'boolean':
      return tagged(number, wireVarint, varint(held === true ? 1 : 0));
    case 'integer':
      return tagged(number, wireVarint, varint(Math.round(Number(held))));
    case 'double': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(Number(held));
      return tagged(number, wireDouble, bytes);
    }
  }
}

const nothing = Buffer.alloc(0);

function isObject(held: unknown): held is object {
  return typeof held === 'object' && held !== null;
}

function sized(number: number, bytes: Buffer): Buffer {
  return tagged(number, wireBytes, Buffer.concat([varint(bytes.length), bytes]));
}

function tagged(number: number, wireType: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + wireType), bytes]);
}

/** Seven bits a byte, the lowest first; a negative number as 64 bits of two's complement. */
function varint(whole: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(whole));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) + 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
