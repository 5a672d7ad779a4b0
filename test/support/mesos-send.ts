/** Sends one recorded request over a socket. */
import { request } from 'node:http';
import type { RecordedCall } from './mesos.ts';

export interface ReplayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Sent {
  readonly answer: ReplayAnswer;
  /** What came so far. */
  bytes(): Buffer;
  readonly over: Promise<void>;
  close(told: () => void): void;
}

/** Settles with the whole answer, or with its head where it is a stream. */
export function sendRecorded(
  port: number,
  call: RecordedCall,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method: call.method, path: call.path, headers },
      (incoming) => {
        incoming.on('error', () => {});
        const isStream = call.stream !== undefined && incoming.statusCode === 200;
        const answer = { status: incoming.statusCode ?? 0, headers: incoming.headers, body: '' };
        const close = (told: () => void) => {
          incoming.destroy();
          told();
        };
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        const bytes = () => Buffer.concat(parts);
        const over = new Promise<void>((settle) => {
          incoming.once('close', settle);
        });
        if (isStream) {
          resolve({ answer, bytes, over, close });
          return;
        }
        incoming.on('end', () => {
          resolve({ answer: { ...answer, body: bytes().toString() }, bytes, over, close });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(Buffer.from(body, 'latin1'));
  });
}
