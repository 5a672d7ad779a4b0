import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { TitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import {
  AGENT,
  CAPACITY_GROUP,
  FAULT_DOMAIN,
  type FaultDomain,
  JOB,
  TASK,
  VOLUME,
} from '../api/kinds.gen.ts';
import { type ApiObject, fromTimestamp, type Millis, toTimestamp } from '../api/object.ts';
import type { RecordedDomain } from '../sim/what-if/port.ts';
import { listAll, type OpenDomain } from './domains.ts';

/** Fault domains as their APIs showed them, and when. */
export interface Recording {
  readonly at: Millis;
  readonly domains: readonly RecordedDomain[];
}

/** What decides what runs where. Secrets are no part of it. */
const KINDS: Readonly<Record<Exclude<keyof RecordedDomain, 'domain'>, Kind>> = {
  agents: AGENT,
  groups: CAPACITY_GROUP,
  volumes: VOLUME,
  jobs: JOB,
  tasks: TASK,
};
const NAMES = Object.keys(KINDS) as readonly (keyof typeof KINDS)[];

/** Reads all that a recording holds of fault domains that are open. */
export async function recordDomains(
  domains: readonly OpenDomain[],
  at: Millis,
): Promise<Recording> {
  const recorded: RecordedDomain[] = [];
  for (const { domain, cluster } of domains) {
    const lists = NAMES.map(async (name) => {
      const items = await listAll(cluster, KINDS[name]);
      return [name, items.map(withoutManagers)] as const;
    });
    const parts = Object.fromEntries(await Promise.all(lists));
    recorded.push({ domain: withoutManagers(domain), ...parts } as RecordedDomain);
  }
  return { at, domains: recorded };
}

/** Who wrote which field is half of an object, and decides nothing. */
function withoutManagers<T extends ApiObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & {
    managedFields?: unknown;
  };
  return { ...object, metadata };
}

/** The lines of a file: a head, then an object each, so that it is read without holding it whole. */
export function* recordingLines({ at, domains }: Recording): Generator<string, void> {
  yield JSON.stringify({ titanRecording: 1, at: toTimestamp(at) });
  for (const recorded of domains) {
    const { name } = recorded.domain.metadata;
    yield JSON.stringify({ of: 'domain', in: name, object: recorded.domain });
    for (const of of NAMES) {
      for (const object of recorded[of]) yield JSON.stringify({ of, in: name, object });
    }
  }
}

interface Line {
  readonly titanRecording?: number;
  readonly at?: string;
  readonly of?: keyof RecordedDomain;
  readonly in?: string;
  readonly object?: ApiObject;
}

type Building = { domain: FaultDomain } & Record<keyof typeof KINDS, ApiObject[]>;

/** @throws TitanError (`BadRequest`) with the file and the line where it is no recording */
export async function readRecording(file: string): Promise<Recording> {
  const lines = createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  const domains = new Map<string, Building>();
  let at = Number.NaN;
  let number = 0;
  const wrong = () => {
    const message = `${file}:${number}: this is no recording: \`titan record -o FILE\` writes one`;
    return new TitanError('BadRequest', message);
  };
  for await (const text of lines) {
    number += 1;
    const line = parse(text);
    if (number === 1) at = headOf(line);
    if (!Number.isFinite(at) || (number > 1 && !take(line ?? {}, domains))) throw wrong();
  }
  if (domains.size === 0) throw wrong();
  return { at, domains: [...domains.values()] as unknown as readonly RecordedDomain[] };
}

/** When it was written; `NaN` where it is no recording of this form. */
function headOf(line: Line | undefined): Millis {
  return line?.titanRecording === 1 ? fromTimestamp(line.at ?? '') : Number.NaN;
}

function parse(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? line : undefined;
  } catch {
    return undefined;
  }
}

/** @returns whether it is what it should be */
function take({ of, in: name, object }: Line, domains: Map<string, Building>): boolean {
  if (of === undefined || name === undefined || object?.metadata?.name === undefined) return false;
  if (of === 'domain') {
    const domain = object as FaultDomain;
    if (object.kind !== FAULT_DOMAIN.kind) return false;
    domains.set(name, { domain, agents: [], groups: [], volumes: [], jobs: [], tasks: [] });
    return true;
  }
  const building = domains.get(name);
  if (building === undefined || KINDS[of]?.kind !== object.kind) return false;
  building[of].push(object);
  return true;
}
