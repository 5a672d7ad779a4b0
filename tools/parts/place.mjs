// Where parts are put, and what bringing them has in common.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../.parts', import.meta.url));
export const bin = join(root, 'bin');
export const DOWNLOAD_MS = 300_000;

export async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The last line of what a failed program said. */
export function reasonOf(error) {
  return String(error.stderr || error.message)
    .trim()
    .split('\n')
    .at(-1);
}
