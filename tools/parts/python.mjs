// The Python client of the distribution, with the distribution's Python where the machine has none.
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withNeeds } from './debian.mjs';
import { exists, root } from './place.mjs';

const SYSTEM = '/usr/bin/python3';
const PURE = /^python3-/;
/** The interpreter, and the libraries that it is linked with; the C library is the machine's own. */
const WHOLE =
  /^(lib)?python3|^lib(bz2|crypt1|db5|expat|ffi|lzma|ncursesw|nsl|readline|sqlite3|ssl|tinfo|tirpc|uuid|yaml|z)|^zlib1g/;

/** Gives a program that runs Python with `kubernetes` to import; what it needs lies beside `bin`. */
export async function pythonWithKubernetes() {
  const isThere = await exists(SYSTEM);
  const wanted = isThere ? PURE : WHOLE;
  const fresh = await withNeeds('python3-kubernetes', (name) => wanted.test(name));
  const home = join(root, 'python-kubernetes');
  await rm(home, { recursive: true, force: true });
  await rename(fresh, home);
  const file = join(root, 'python-kubernetes.sh');
  await writeFile(file, isThere ? launcher(SYSTEM, []) : await ownLauncher(home));
  return { file, folder: file };
}

async function ownLauncher(home) {
  const programs = await readdir(join(home, 'usr', 'bin'));
  const program = programs.find((name) => /^python3\.\d+$/.test(name));
  const libraries = (await readdir(join(home, 'usr', 'lib'))).find((name) =>
    name.endsWith('-linux-gnu'),
  );
  return launcher(`"$home/usr/bin/${program}"`, [
    'PYTHONHOME="$home/usr"',
    `LD_LIBRARY_PATH="$home/usr/lib/${libraries}:$home/lib/${libraries}"`,
  ]);
}

function launcher(program, settings) {
  const all = ['PYTHONPATH="$home/usr/lib/python3/dist-packages"', ...settings].join(' ');
  return `#!/bin/sh\nhome=$(dirname "$(dirname "$0")")/python-kubernetes\n${all} exec ${program} "$@"\n`;
}
