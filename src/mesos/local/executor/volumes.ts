/** What containers share: a link in each sandbox to a folder of it or of its parent's, or to this machine's. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { V1Container, V1Volume } from '../../v1-container.ts';

export interface Sandboxes {
  readonly own: string;
  /** Of the executor, where the container is held by one. */
  readonly parent: string | undefined;
}

/** @returns why the container can't have its volumes, or `undefined` once they are there */
export function makeVolumes(
  container: V1Container | undefined,
  sandboxes: Sandboxes,
): string | undefined {
  for (const volume of container?.volumes ?? []) {
    const fault = makeVolume(volume, sandboxes);
    if (fault !== undefined) return `Volume '${volume.container_path}': ${fault}`;
  }
  return undefined;
}

/** The folders that a container shares with its parent's or with others of it: not those of this machine. */
export function sharedFolders(
  container: V1Container | undefined,
  sandboxes: Sandboxes,
): readonly string[] {
  const shared = (container?.volumes ?? []).filter(({ source }) => source?.type === 'SANDBOX_PATH');
  return shared.flatMap((volume) => {
    const found = findSource(volume, sandboxes);
    return typeof found === 'string' ? [] : [found.path];
  });
}

function makeVolume(volume: V1Volume, sandboxes: Sandboxes): string | undefined {
  if (!isInside(volume.container_path)) return 'its container_path is not inside the sandbox';
  const found = findSource(volume, sandboxes);
  if (typeof found === 'string') return found;
  const link = join(sandboxes.own, volume.container_path);
  if (existsSync(link)) return undefined;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(found.path, link);
  return undefined;
}

/** What is to be seen there, or why it can't be. */
function findSource(
  { source, host_path: hostPath }: V1Volume,
  { own, parent }: Sandboxes,
): { readonly path: string } | string {
  const from = source?.sandbox_path;
  if (source?.type === 'SANDBOX_PATH' && from) {
    if (!isInside(from.path)) return 'its sandbox_path is not inside the sandbox';
    const base = from.type === 'PARENT' ? parent : own;
    if (base === undefined) return 'there is no parent container';
    const path = join(base, from.path);
    mkdirSync(path, { recursive: true });
    return { path };
  }
  const path = source ? source.host_path?.path : hostPath;
  if (path === undefined || (source && source.type !== 'HOST_PATH')) {
    return 'the local agent has volumes of the types SANDBOX_PATH and HOST_PATH only';
  }
  if (!isAbsolute(path)) return `its host_path '${path}' is not absolute`;
  return existsSync(path) ? { path } : `there is no '${path}' on this machine`;
}

/** Whether a path stays in the folder that it is relative to. */
export function isInside(path: string): boolean {
  const plain = normalize(path);
  return path !== '' && !isAbsolute(path) && plain !== '..' && !plain.startsWith('../');
}
