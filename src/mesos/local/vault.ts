import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TitanError } from '../../api/error.ts';

/** One value that outlives the process. */
export interface Vault {
  load(): unknown;
  /** Durable against the end of the process when it returns, and never half written. */
  save(value: unknown): void;
}

export function fileVault(path: string): Vault {
  mkdirSync(dirname(path), { recursive: true });
  return {
    load() {
      const text = readIfThere(path);
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text);
      } catch (error) {
        throw new TitanError('InternalError', `${path} does not hold JSON`, { cause: error });
      }
    },
    save(value) {
      writeFileSync(`${path}.new`, JSON.stringify(value));
      renameSync(`${path}.new`, path);
    },
  };
}

/** Keeps the value as long as the vault itself: a disk for simulated machines. */
export function memoryVault(): Vault {
  let kept: unknown;
  return {
    load: () => kept,
    save(value) {
      kept = structuredClone(value);
    },
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
