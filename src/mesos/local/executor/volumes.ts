/** Folders that containers share: a link in each sandbox to a folder of it, or of its parent's. */
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

function makeVolume(
  { source, container_path: at }: V1Volume,
  { own, parent }: Sandboxes,
): string | undefined {
  const from = source?.sandbox_path;
  if (source?.type !== 'SANDBOX_PATH' || !from) {
    return 'the local agent has volumes of type SANDBOX_PATH only';
  }
  if (!isInside(at)) return 'its container_path is not inside the sandbox';
  if (!isInside(from.path)) return 'its sandbox_path is not inside the sandbox';
  const base = from.type === 'PARENT' ? parent : own;
  if (base === undefined) return 'there is no parent container';
  const folder = join(base, from.path);
  const link = join(own, at);
  mkdirSync(folder, { recursive: true });
  if (existsSync(link)) return undefined;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(folder, link);
  return undefined;
}

/** Whether a path stays in the folder that it is relative to. */
export function isInside(path: string): boolean {
  const plain = normalize(path);
  return path !== '' && !isAbsolute(path) && plain !== '..' && !plain.startsWith('../');
}
