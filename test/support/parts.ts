import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Part = 'etcd' | 'etcdctl' | 'kubectl-1.20' | 'kubectl-1.32';

/** The path of a program that `tools/parts.mjs` brings. */
export function part(name: Part): string {
  const path = fileURLToPath(new URL(`../../.parts/bin/${name}`, import.meta.url));
  if (existsSync(path)) return path;
  throw new Error(`${name} is not there. Run \`node tools/parts.mjs ${name}\` first.`);
}
