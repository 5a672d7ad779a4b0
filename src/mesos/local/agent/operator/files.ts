/** The files of an agent's sandboxes, as operators see them: by their real paths and by executor. */
import { lstat, open, readdir, readFile, realpath } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import type { LocalAgent } from '../agent.ts';
import { executorsOf, type ShownExecutor } from './executors.ts';

export interface FileInfo {
  readonly path: string;
  readonly nlink: number;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly mode: number;
  readonly uid: string;
  readonly gid: string;
}

/** No more is read at once: sixteen pages, as Mesos has it. */
export const readMaxBytes = 65_536;

/** What a name stands for; `undefined` where it is no sandbox's, or not there. */
export async function findFile(agent: LocalAgent, name: string): Promise<string | undefined> {
  const { inside } = agent;
  if (!inside) return undefined;
  const plain = normalize(name).replace(/\/$/, '');
  const root = await realpath(inside.root).catch(() => undefined);
  const path = await realpath(real(agent, plain)).catch(() => undefined);
  if (root === undefined || !path?.startsWith(root + sep)) return undefined;
  return path.split(sep).includes('.executor') ? undefined : path;
}

/** The executor of a task that has ended: its sandbox stays for a while, under the task's name. */
const ENDED = /^\/frameworks\/[^/]+\/executors\/(?<id>[^/]+)\/runs\/latest(?<rest>\/.*)?$/;

/** Virtual names, the longest first: an executor's sandbox is that of its latest run. */
function real(agent: LocalAgent, name: string): string {
  for (const [virtual, folder] of attached(agent)) {
    if (name === virtual || name.startsWith(`${virtual}/`)) {
      return join(folder, name.slice(virtual.length));
    }
  }
  const { id, rest = '' } = ENDED.exec(name)?.groups ?? {};
  return id === undefined ? name : join(agent.inside?.root ?? '', id, rest);
}

/** What `/files/debug` tells: names and the folders behind them. */
export function attached(agent: LocalAgent): readonly (readonly [string, string])[] {
  const executors = executorsOf(agent);
  const latest = executors.map((one) => {
    const name = `/frameworks/${one.frameworkId}/executors/${one.id}/runs/latest`;
    return [name, directoryOf(agent, one)] as const;
  });
  const own = executors.map((one) => {
    const folder = directoryOf(agent, one);
    return [folder, folder] as const;
  });
  return [...latest, ...own];
}

export function directoryOf({ inside }: LocalAgent, { order }: ShownExecutor): string {
  return inside?.sandbox(order) ?? '';
}

/** What is in a folder, by name; `undefined` where it is none. */
export async function listFolder(
  path: string,
  name: string,
): Promise<readonly FileInfo[] | undefined> {
  const entries = await readdir(path).catch(() => undefined);
  if (!entries) return undefined;
  const shown = entries.filter((entry) => entry !== '.executor').toSorted();
  const names = await readNames();
  return Promise.all(
    shown.map(async (entry) => {
      const { nlink, size, mtimeMs, mode, uid, gid } = await lstat(join(path, entry));
      return {
        path: join(name, entry),
        nlink,
        size,
        mtime: Math.floor(mtimeMs / 1000),
        mode,
        uid: names.user(uid),
        gid: names.group(gid),
      };
    }),
  );
}

/** `undefined` where it is not a file. From a negative offset nothing is read: it asks for the size. */
export async function readPart(
  path: string,
  offset: number,
  length: number,
): Promise<{ readonly bytes: Buffer; readonly size: number } | undefined> {
  const file = await open(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const about = await file.stat();
    if (!about.isFile()) return undefined;
    const { size } = about;
    const wanted = Math.trunc(Math.min(length, size - offset, readMaxBytes));
    const left = offset < 0 ? 0 : Math.max(0, wanted);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(left),
      0,
      left,
      Math.max(0, Math.trunc(offset)),
    );
    return { bytes: buffer.subarray(0, bytesRead), size };
  } finally {
    await file.close();
  }
}

const permissionBits = 9;

/** As `ls -l` writes it. */
export function modeInWords(mode: number): string {
  const folder = 0o040000;
  const link = 0o120000;
  const kind = mode & 0o170000;
  const first = kind === folder ? 'd' : kind === link ? 'l' : '-';
  const bits = Array.from({ length: permissionBits }, (_, index) =>
    mode & (1 << (permissionBits - 1 - index)) ? ('rwx'[index % 3] ?? '-') : '-',
  );
  return first + bits.join('');
}

/** Users and groups by number; a number that has no name is shown as it is. */
async function readNames() {
  const of = async (file: string) => {
    const text = await readFile(file, 'utf8').catch(() => '');
    return new Map(text.split('\n').map((line) => [line.split(':')[2], line.split(':')[0]]));
  };
  const [users, groups] = await Promise.all([of('/etc/passwd'), of('/etc/group')]);
  return {
    user: (id: number) => users.get(String(id)) ?? String(id),
    group: (id: number) => groups.get(String(id)) ?? String(id),
  };
}
