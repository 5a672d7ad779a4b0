// Packages of Debian and its children, unpacked without root: nothing is installed on the system.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DOWNLOAD_MS, reasonOf, root } from './place.mjs';

const run = promisify(execFile);

// The sandbox user may not write into the project; what is downloaded is still verified.
const UNBOXED = ['APT::Sandbox::User='];
const HARD_NEEDS = 'no-recommends no-suggests no-conflicts no-breaks no-replaces no-enhances';

/** Unpacks one file of a package. */
export async function fromDebian(name, file) {
  const folder = await unpacked(() => [name], name);
  return { file: join(folder, file), folder };
}

/** Unpacks a package with all that it needs and `isWanted`; gives the folder, which is the caller's. */
export async function withNeeds(name, isWanted) {
  return unpacked(async (apt) => {
    const flags = HARD_NEEDS.split(' ').map((word) => `--${word}`);
    const { stdout } = await apt('apt-cache', 'depends', '--recurse', ...flags, name);
    const found = stdout.split('\n').filter((line) => /^[a-z0-9][a-z0-9.+-]*$/.test(line));
    return [name, ...found.filter((one) => one !== name && isWanted(one))];
  }, name);
}

async function unpacked(namesOf, label) {
  const folder = await mkdtemp(join(root, `${label}-`));
  await download(namesOf, folder, label);
  for (const entry of await readdir(folder)) {
    if (entry.endsWith('.deb')) await run('dpkg-deb', ['-x', join(folder, entry), folder]);
  }
  return folder;
}

async function download(namesOf, folder, label) {
  const aptWith =
    (options) =>
    (program, ...command) =>
      run(program, ['-q', ...options.flatMap((option) => ['-o', option]), ...command], {
        cwd: folder,
        timeout: DOWNLOAD_MS,
        maxBuffer: 16 * 1024 * 1024,
      });
  const fetchWith = async (apt) => apt('apt-get', 'download', ...(await namesOf(apt)));
  const first = await fetchWith(aptWith(UNBOXED)).catch((error) => error);
  if (!(first instanceof Error)) return;
  try {
    const own = aptWith([...UNBOXED, ...(await ownLists())]);
    console.log('apt: reading the package lists');
    await own('apt-get', 'update');
    await fetchWith(own);
  } catch (error) {
    throw new Error(
      `The Debian package ${label} could not be downloaded: ${reasonOf(error)}\n` +
        'Check that this machine has apt-get and reaches its package mirror, and run `node tools/parts.mjs` again.\n' +
        'Or put the program on the PATH (only etcd and etcdctl 3.4 to 3.6 are taken from there), or into .parts/bin.',
    );
  }
}

/** Where apt may keep lists of its own, for machines that have none and users who may not write them. */
async function ownLists() {
  const state = join(root, 'apt');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  return [
    `Dir::State=${state}`,
    `Dir::State::lists=${join(state, 'lists')}`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${join(state, 'cache')}`,
  ];
}
