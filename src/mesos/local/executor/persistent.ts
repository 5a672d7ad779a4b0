/** Persistent volumes: a folder of the agent each, which outlives tasks and every life of the agent. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { V1Resource } from '../../v1.ts';
import { isInside } from './volumes.ts';

/**
 * Makes the folders of the volumes that the agent has now, and removes those of volumes that it had before
 * and has no more. A folder that neither names is left alone: an agent that has forgotten what it had must not
 * destroy data.
 */
export function keepVolumes(
  now: readonly V1Resource[],
  before: readonly V1Resource[],
  root: string,
): void {
  const wanted = volumeFolders(now, root);
  for (const folder of wanted) mkdirSync(folder, { recursive: true });
  for (const folder of volumeFolders(before, root)) {
    if (!wanted.has(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

/** The folders of the volumes among these. */
export function volumeFolders(
  resources: readonly V1Resource[] | undefined,
  root: string,
): ReadonlySet<string> {
  return new Set((resources ?? []).flatMap((resource) => folderOf(resource, root) ?? []));
}

/** @returns why the container can't have its volumes, or `undefined` once each is a link in its sandbox */
export function mountVolumes(
  resources: readonly V1Resource[] | undefined,
  { own, root }: { readonly own: string; readonly root: string },
): string | undefined {
  for (const resource of resources ?? []) {
    const folder = folderOf(resource, root);
    if (folder === undefined) continue;
    const at = resource.disk?.volume?.container_path ?? '';
    if (!isInside(at)) return `Volume '${at}': its container_path is not inside the sandbox`;
    const link = join(own, at);
    mkdirSync(folder, { recursive: true });
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(folder, link);
  }
  return undefined;
}

/** By role and id, as an id is unique only among the volumes of a role. */
function folderOf({ disk, reservations, role }: V1Resource, root: string): string | undefined {
  if (disk?.persistence === undefined) return undefined;
  const owner = reservations?.at(-1)?.role ?? role ?? '*';
  return join(root, encodeURIComponent(owner), encodeURIComponent(disk.persistence.id));
}
