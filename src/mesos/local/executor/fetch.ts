/** Brings the URIs of a command into its sandbox before it starts, as Mesos' fetcher does. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { get } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { asTitanError } from '../../../api/error.ts';
import type { V1Uri } from '../../v1-container.ts';
import { isInside } from './volumes.ts';

/** Of one URI; what is larger is not fetched. */
const bytesMax = 1024 ** 3;
/** A server that says nothing for so long is given up. */
const silenceMaxMs = 30_000;
const extractMaxMs = 300_000;
const loopback = ['127.0.0.1', 'localhost', '[::1]'];
const archive = /\.(tar|tgz|tar\.gz|tbz2|tar\.bz2|txz|tar\.xz)$/;

/** @returns why they can't be had, or `undefined` once all are there */
export async function fetchUris(
  uris: readonly V1Uri[],
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const uri of uris) {
    const fault = await fetchUri(uri, folder, signal).catch(
      (thrown: unknown) => asTitanError(thrown).message,
    );
    if (fault !== undefined) return `Failed to fetch URI '${uri.value}': ${fault}`;
  }
  return undefined;
}

async function fetchUri(uri: V1Uri, folder: string, signal: AbortSignal) {
  const { value, output_file: name, executable = false, extract = true } = uri;
  const source = URL.parse(value.startsWith('/') ? `file://${value}` : value);
  if (source?.protocol !== 'file:' && source?.protocol !== 'http:') {
    return 'the local agent fetches files and http only';
  }
  const file = name ?? basename(source.pathname);
  if (!isInside(file)) return `its output_file '${file}' is not inside the sandbox`;
  const target = join(folder, file);
  await mkdir(dirname(target), { recursive: true });
  if (source.protocol === 'http:') {
    if (!loopback.includes(source.hostname))
      return 'the local agent fetches from this machine only';
    await download(source, target, signal);
  } else await copyFile(fileURLToPath(source), target);
  if (executable) await chmod(target, 0o755);
  else if (extract && archive.test(file)) {
    await promisify(execFile)('tar', ['-xf', target, '-C', folder], {
      signal,
      timeout: extractMaxMs,
    });
  }
  return undefined;
}

async function download(source: URL, target: string, signal: AbortSignal): Promise<void> {
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    const request = get(source, { signal, timeout: silenceMaxMs }, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else {
        answer.destroy();
        reject(new Error(`the server answered ${answer.statusCode}`));
      }
    });
    request.once('timeout', () => request.destroy(new Error('the server says nothing')));
    request.once('error', reject);
  });
  await pipeline(response, limit(), createWriteStream(target), { signal });
}

function limit(): Transform {
  let bytes = 0;
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      bytes += part.length;
      if (bytes > bytesMax) done(new Error(`it is larger than ${bytesMax} bytes`));
      else done(null, part);
    },
  });
}
