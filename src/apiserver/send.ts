import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../runtime/port.ts';
import { warningHeaders } from './errors.ts';
import type { Answer } from './exchange.ts';

/** A client that takes nothing for so long while there is more to send is cut off. */
const STALL_MS = 60_000;

export interface Sending {
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly warnings: readonly string[];
  /** Without the body, as `HEAD` asks. */
  readonly headOnly: boolean;
}

/**
 * Sends an answer. A stream is pulled only as fast as the client takes it, and other requests get
 * their turn between its chunks.
 */
export async function send(answer: Answer, sending: Sending): Promise<void> {
  const { response, warnings, headOnly } = sending;
  const { code, headers, body } = answer;
  if (warnings.length > 0) response.setHeader('warning', warningHeaders(warnings));
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const length = code === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
    response.writeHead(code, { ...headers, ...length });
    response.end(headOnly ? undefined : body);
    return;
  }
  response.writeHead(code, headers);
  response.flushHeaders();
  for await (const chunk of body) {
    if (headOnly || isGone(response)) break;
    if (!response.write(chunk)) await drained(sending);
    await setImmediate();
  }
  response.end();
}

/** The answer to an HTTP/2 request is gone with its stream. */
function isGone(response: ServerResponse & { readonly stream?: Duplex }): boolean {
  return response.stream?.destroyed ?? response.destroyed;
}

async function drained({ response, clock }: Sending): Promise<void> {
  const stalled = clock.after(STALL_MS, () => response.destroy());
  const closed = new AbortController();
  const onClose = () => closed.abort();
  response.once('close', onClose);
  try {
    if (!isGone(response)) await once(response, 'drain', { signal: closed.signal });
  } catch {
    // The connection closed before it drained: the loop in `send` ends.
  } finally {
    stalled();
    response.off('close', onClose);
  }
}
