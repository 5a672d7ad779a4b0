import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../runtime/port.ts';
import { warningHeaders } from './errors.ts';
import type { Answer } from './exchange.ts';

/** A client that takes nothing for so long while there is more to send is cut off. */
const STALL_MS = 60_000;

/** Of HTTP/1.1; of HTTP/2 where there is a stream. */
type Response = ServerResponse & { readonly stream?: Duplex };

export interface Sending {
  readonly response: Response;
  readonly clock: Clock;
  readonly warnings: readonly string[];
  readonly auditId: string;
  /** Without the body, as `HEAD` asks. */
  readonly headOnly: boolean;
}

/**
 * Sends an answer. A stream is pulled only as fast as the client takes it, so that it may use the bytes of a chunk
 * again for the next, and other requests get their turn between its chunks; any other body is handed over at once.
 */
export function send(answer: Answer, sending: Sending): Promise<void> | undefined {
  const { response, warnings, auditId, headOnly } = sending;
  const { code, body } = answer;
  // One object: headers that are set one by one cost far more.
  const headers: OutgoingHttpHeaders = { ...answer.headers, 'audit-id': auditId };
  if (warnings.length > 0) response.setHeader('warning', warningHeaders(warnings));
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const length = Buffer.byteLength(body);
    if (code !== 304) headers['content-length'] = length;
    response.writeHead(code, headers);
    if (headOnly) response.end();
    else if (isJoined(response, body)) response.end(asLatin1(body), 'latin1');
    else response.end(body);
    return undefined;
  }
  response.writeHead(code, headers);
  return stream(body, sending);
}

/** Up to this size copying a body is cheaper than handing it to the system apart from its head. */
const JOINED_MAX_BYTES = 16 * 1024;

/**
 * Over HTTP/1.1 Node joins the head with a body that is text, and writes both at once, where bytes are
 * written apart. Latin 1 takes every byte as it is.
 */
function isJoined(response: Response, body: string | Uint8Array): body is Uint8Array {
  return (
    typeof body !== 'string' && body.byteLength <= JOINED_MAX_BYTES && response.stream === undefined
  );
}

function asLatin1(bytes: Uint8Array): string {
  if (Buffer.isBuffer(bytes)) return bytes.toString('latin1');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

async function stream(body: AsyncIterable<string | Uint8Array>, sending: Sending): Promise<void> {
  const { response, headOnly } = sending;
  response.flushHeaders();
  for await (const chunk of body) {
    if (headOnly || isGone(response)) break;
    let isTaken = false;
    const taken = new Promise<void>((resolve) => {
      response.write(chunk, () => {
        isTaken = true;
        resolve();
      });
    });
    await setImmediate();
    if (!isTaken) await takenOrGone(taken, sending);
  }
  response.end();
}

/** The answer to an HTTP/2 request is gone with its stream. */
export function isGone(response: Response): boolean {
  return response.stream?.destroyed ?? response.destroyed;
}

async function takenOrGone(taken: Promise<void>, { response, clock }: Sending): Promise<void> {
  if (isGone(response)) return;
  let onClose = () => {};
  const gone = new Promise<void>((resolve) => {
    onClose = resolve;
  });
  response.once('close', onClose);
  const cancel = clock.after(STALL_MS, () => response.destroy());
  await Promise.race([taken, gone]);
  cancel();
  response.off('close', onClose);
}
