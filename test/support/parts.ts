import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type Part = 'etcd' | 'etcdctl' | 'kubectl-1.20' | 'kubectl-1.32';

/** Parts that only some tests need, and which they bring themselves. */
export type AskedPart = 'kubectl-1.35' | 'helm' | 'python-kubernetes' | 'client-node-1.4';

const BRING_MS = 300_000;

/** The path of a program that `tools/parts.mjs` brings. */
export function part(name: Part): string {
  const path = programPath(name);
  if (existsSync(path)) return path;
  throw new Error(`${name} is not there. Run \`node tools/parts.mjs ${name}\` first.`);
}

/** The path of a part, which is fetched where it is missing: that takes up to minutes, once. */
export async function bringPart(name: Part | AskedPart): Promise<string> {
  const path = name === 'client-node-1.4' ? fromRoot(`.parts/${name}`) : programPath(name);
  if (!existsSync(path)) {
    const script = fromRoot('tools/parts.mjs');
    await promisify(execFile)(process.execPath, [script, name], { timeout: BRING_MS });
  }
  return path;
}

function programPath(name: string): string {
  return fromRoot(`.parts/bin/${name}`);
}

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
