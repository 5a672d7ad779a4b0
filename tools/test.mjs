/**
 * `npm test [-- FILE.spec.ts …]`: installs, unpacks the real parts that the tests need, and runs them all on our Node:
 * as many files at once as there are processors, or those that are named, one after the other.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { install, node, root } from './install.mjs';

install();
const given = process.argv.slice(2);
const whole = !given.some((argument) => argument.endsWith('.spec.ts'));
run([join('tools', 'parts.mjs'), ...(whole ? ['--all'] : [])]);
const all = [
  '--parallel',
  '--jobs',
  String(Math.max(2, availableParallelism())),
  'test/**/*.spec.ts',
];
run([join('node_modules', 'mocha', 'bin', 'mocha.js'), ...given, ...(whole ? all : [])]);

function run(command) {
  const { status } = spawnSync(node, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
