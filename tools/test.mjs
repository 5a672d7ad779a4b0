/** `npm test [-- FILE.spec.ts …]`: installs, unpacks the real parts that the tests need, and runs them all on our Node. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, node, root } from './install.mjs';

install();
run([join('tools', 'parts.mjs')]);
const given = process.argv.slice(2);
const all = given.some((argument) => argument.endsWith('.spec.ts')) ? [] : ['test/**/*.spec.ts'];
run([join('node_modules', 'mocha', 'bin', 'mocha.js'), ...given, ...all]);

function run(command) {
  const { status } = spawnSync(node, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
