import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { asTitanError } from '../api/error.ts';
import {
  describeObject,
  joinReadings,
  type Manifest,
  type Problem,
  type Reading,
  readDocuments,
} from './document.ts';

const extensions = new Set(['.yaml', '.yml', '.json']);
/** Bigger files are refused unread; a single object may not have more than 1.5 MB either. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Whether a file can hold manifests, by its name. */
export function isManifestFile(path: string): boolean {
  return extensions.has(extname(path).toLowerCase());
}

/** Reads one file, or every manifest file below a folder in the order of their names. */
export async function readManifests(path: string): Promise<Reading> {
  const files = (await stat(path)).isDirectory() ? await filesBelow(path) : [path];
  const readings: Reading[] = [];
  for (const file of files) readings.push(await readFileSafely(file));
  return withoutDoubles(joinReadings(readings));
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names
    .filter(
      (entry) =>
        entry.isFile() && isManifestFile(entry.name) && !isHidden(folder, entry.parentPath),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Hidden folders hold what tools keep (`.git`), not what people declare. */
function isHidden(folder: string, parent: string): boolean {
  return relative(folder, parent)
    .split('/')
    .some((part) => part.startsWith('.') && part !== '..');
}

async function readFileSafely(file: string): Promise<Reading> {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) {
      return broken(file, `is ${size} bytes long: at most ${FILE_BYTES_MAX} are read`);
    }
    return readDocuments(file, await readFile(file, 'utf8'));
  } catch (thrown) {
    return broken(file, `cannot be read: ${asTitanError(thrown).message}`);
  }
}

function broken(file: string, message: string): Reading {
  return { manifests: [], problems: [{ file, line: 1, message }] };
}

/**
 * An object that is declared twice must be the same both times: then it counts once. Where the two
 * differ, neither is taken, as it can't be known which is meant.
 */
export function withoutDoubles({ manifests, problems }: Reading): Reading {
  const groups = Map.groupBy(
    manifests,
    ({ object }) => `${object.apiVersion} ${describeObject(object)}`,
  );
  const single: Manifest[] = [];
  const clashes: Problem[] = [];
  for (const group of groups.values()) {
    const [first, ...others] = group;
    if (first === undefined) continue;
    const rivals = others.filter(({ object }) => !isDeepStrictEqual(object, first.object));
    if (rivals.length === 0) single.push(first);
    else clashes.push(...[first, ...rivals].map((each) => clash(each, group)));
  }
  return { manifests: single, problems: [...problems, ...clashes] };
}

function clash(manifest: Manifest, group: readonly Manifest[]): Problem {
  const others = group
    .filter((each) => each !== manifest)
    .map(({ file, line }) => `${file}:${line}`)
    .join(', ');
  const message = `${describeObject(manifest.object)} is declared otherwise in ${others}: keep one of them; none is applied`;
  return { file: manifest.file, line: manifest.line, message };
}
