/** ATTACH_CONTAINER_INPUT: a request whose body is a stream of records, for a session's input. */
import type { IncomingMessage } from 'node:http';
import { asTitanError } from '../../../../api/error.ts';
import { recordDecoder } from '../../../recordio.ts';
import type { ContainerId } from '../../executor/container-status.ts';
import type { Reply } from '../../master/master.ts';
import type { LocalAgent } from '../agent.ts';
import { writeInput } from './nested.ts';

interface InputRecord {
  readonly type?: string;
  readonly attach_container_input?: {
    readonly type?: string;
    readonly container_id?: ContainerId;
    readonly process_io?: {
      readonly type?: string;
      readonly data?: { readonly type?: string; readonly data?: string };
    };
  };
}

/** A record of a session's input is no longer than this. */
const recordMaxBytes = 1024 * 1024;

/** Writes what comes, and answers when it ends or can't be taken. Data of no length closes the input. */
export async function takeInput(agent: LocalAgent, request: IncomingMessage): Promise<Reply> {
  const decoder = recordDecoder(recordMaxBytes);
  let id: ContainerId | undefined;
  try {
    for await (const chunk of request) {
      for (const text of decoder.push(chunk)) {
        const record = JSON.parse(text) as InputRecord;
        const fault = findFault(record, id);
        if (fault !== undefined) return { status: 400, body: fault };
        id ??= record.attach_container_input?.container_id;
        const refusal = id && write(agent, id, record);
        if (refusal) return refusal;
      }
    }
  } catch (thrown) {
    const why = thrown instanceof SyntaxError ? 'Not JSON' : asTitanError(thrown).message;
    return { status: 400, body: `Failed to decode the input: ${why}` };
  }
  return { status: 200 };
}

function findFault(record: InputRecord, id: ContainerId | undefined): string | undefined {
  const invalid = 'Failed to validate agent::Call:';
  const input = record.attach_container_input;
  if (record.type !== 'ATTACH_CONTAINER_INPUT') {
    return `${invalid} Expecting the records of an ATTACH_CONTAINER_INPUT`;
  }
  if (!input) return `${invalid} Expecting 'attach_container_input' to be present`;
  const isFirst = id === undefined;
  if (isFirst && input.type !== 'CONTAINER_ID') {
    return `${invalid} Expecting 'attach_container_input.type' to be CONTAINER_ID`;
  }
  if (isFirst && !input.container_id) {
    return `${invalid} Expecting 'attach_container_input.container_id' to be present`;
  }
  return isFirst || input.type === 'PROCESS_IO'
    ? undefined
    : `${invalid} Expecting 'attach_container_input.type' to be PROCESS_IO`;
}

/** Heartbeats and the size of a terminal are heard, and nothing comes of them: there is no terminal. */
function write(agent: LocalAgent, id: ContainerId, record: InputRecord): Reply | undefined {
  const io = record.attach_container_input?.process_io;
  if (!io) return writeInput(agent, id, new Uint8Array());
  if (io.type !== 'DATA' || io.data?.type !== 'STDIN') return undefined;
  const bytes = Buffer.from(io.data.data ?? '', 'base64');
  return writeInput(agent, id, bytes.length > 0 ? bytes : 'end');
}
