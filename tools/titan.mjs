#!/usr/bin/env node
/**
 * Starts the program on a bare machine (Node 20, npm): installs what is missing, then runs
 * `src/main.ts` on the Node that npm brought.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { install, node, root } from './install.mjs';

install();
const main = join(root, 'src', 'main.ts');
if (Number(process.versions.node.split('.')[0]) >= 26) {
  await import(main);
} else {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1;
  });
}
