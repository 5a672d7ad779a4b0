/** Checks by HTTP and TCP of what listens on this machine, carried out once. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { CheckResult } from './checks.ts';

interface HttpTarget {
  readonly scheme: string;
  readonly port: number;
  readonly path: string;
}

const host = '127.0.0.1';
const refused = 1;

/** @returns what ends it early; `done` is not called after that */
export function probeHttp(target: HttpTarget, done: (result: CheckResult) => void): () => void {
  const tell = once(done);
  const isSecure = target.scheme === 'https';
  // Mesos asks nobody who vouches for the certificate of a task's own.
  const options = { host, port: target.port, path: target.path, agent: false };
  const outgoing = isSecure
    ? httpsRequest({ ...options, rejectUnauthorized: false })
    : httpRequest(options);
  outgoing.once('response', (answer) => {
    answer.destroy();
    tell(answer.statusCode);
  });
  outgoing.on('error', () => tell(undefined));
  outgoing.end();
  return () => {
    tell.mute();
    outgoing.destroy();
  };
}

/** @returns what ends it early; `done` is not called after that */
export function probeTcp(port: number, done: (result: CheckResult) => void): () => void {
  const tell = once(done);
  const socket = connect({ host, port });
  socket.once('connect', () => {
    socket.destroy();
    tell(0);
  });
  socket.on('error', () => tell(refused));
  return () => {
    tell.mute();
    socket.destroy();
  };
}

function once(done: (result: CheckResult) => void) {
  let isOver = false;
  const tell = (result: CheckResult) => {
    if (isOver) return;
    isOver = true;
    done(result);
  };
  return Object.assign(tell, {
    mute() {
      isOver = true;
    },
  });
}
