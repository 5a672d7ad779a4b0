import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TitanError } from '../../api/error.ts';

/** Values by name that outlive the process. Each is kept by itself, so that a change costs by its own size. */
export interface Vault {
  load(): ReadonlyMap<string, unknown>;
  /** Durable against the end of the process when it returns, and never half written. */
  put(name: string, value: unknown): void;
  remove(name: string): void;
}

const ending = '.json';

/** A folder with a file for each value. */
export function fileVault(folder: string): Vault {
  mkdirSync(folder, { recursive: true });
  // Names may be longer than a file's may be, and hold anything.
  const fileOf = (name: string) => join(folder, `${hash('sha256', name)}${ending}`);
  return {
    load() {
      const files = readdirSync(folder).filter((file) => file.endsWith(ending));
      return new Map(files.map((file) => parse(join(folder, file))));
    },
    put(name, value) {
      const file = fileOf(name);
      writeFileSync(`${file}.new`, JSON.stringify([name, value]));
      renameSync(`${file}.new`, file);
    },
    remove: (name) => rmSync(fileOf(name), { force: true }),
  };
}

function parse(path: string): readonly [string, unknown] {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new TitanError('InternalError', `${path} does not hold JSON`, { cause: error });
  }
}

/** Keeps the values as long as the vault itself: a disk for simulated machines. */
export function memoryVault(): Vault {
  const kept = new Map<string, string>();
  return {
    load: () => new Map([...kept].map(([name, text]) => [name, JSON.parse(text)])),
    put: (name, value) => void kept.set(name, JSON.stringify(value)),
    remove: (name) => void kept.delete(name),
  };
}
