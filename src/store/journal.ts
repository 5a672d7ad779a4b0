import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { TitanError } from '../api/error.ts';
import type { Journal } from '../runtime/port.ts';

export interface FileJournalOptions {
  readonly path: string;
  /** What it may grow to. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * A journal in a file of this machine: an entry a line, JSON behind its checksum. The first line that is not
 * whole ends it: it was being written when the process, or the machine, stopped.
 */
export function fileJournal({ path, maxBytes = MAX_BYTES }: FileJournalOptions): Journal {
  let turn: Promise<unknown> = Promise.resolve();
  let size: number | undefined;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work, work);
    turn = done.catch(() => undefined);
    return done;
  }

  async function load() {
    const bytes = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return Buffer.alloc(0);
      throw thrown;
    });
    return wholeEntries(bytes);
  }

  async function write(line: Buffer, at: number): Promise<void> {
    const file = await open(path, 'r+');
    try {
      await file.truncate(at);
      await file.write(line, 0, line.length, at);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  return {
    append: (entry) =>
      inTurn(async () => {
        const at = size ?? (await load()).size;
        const line = lineOf(entry);
        if (at + line.length > maxBytes) throw full(path, maxBytes);
        if (size === undefined) await make(path);
        await write(line, at);
        size = at + line.length;
      }),
    read: () => inTurn(async () => (await load()).entries),
    clear: () =>
      inTurn(async () => {
        if ((await load()).size > 0) await write(Buffer.alloc(0), 0);
        size = undefined;
      }),
  };
}

/** There, and to be found again after the machine has stopped. */
async function make(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  for (const [each, flags] of [
    [path, 'a'],
    [folder, 'r'],
  ] as const) {
    const handle = await open(each, flags);
    await handle.sync().finally(() => handle.close());
  }
}

function lineOf(entry: unknown): Buffer {
  const text = JSON.stringify(entry);
  return Buffer.from(`${sumOf(text)} ${text}\n`);
}

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

const SUM_LENGTH = 8;
const NEWLINE = 10;

function wholeEntries(bytes: Buffer): { readonly entries: unknown[]; readonly size: number } {
  const entries: unknown[] = [];
  let size = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, size)) {
    const line = bytes.toString('utf8', size, end);
    const text = line.slice(SUM_LENGTH + 1);
    if (line.slice(0, SUM_LENGTH) !== sumOf(text)) break;
    entries.push(JSON.parse(text));
    size = end + 1;
  }
  return { entries, size };
}

function full(path: string, maxBytes: number): TitanError {
  const text = `the journal ${path} holds ${maxBytes} bytes and takes no more until the store is back`;
  return new TitanError('ServiceUnavailable', text);
}
