import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

/** The CustomResourceDefinitions of Titan's own kinds, from `schemas/` beside the sources. */
export function readSchemas(): readonly unknown[] {
  const folder = new URL('../../schemas/', import.meta.url);
  return readdirSync(fileURLToPath(folder))
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => load(readFileSync(new URL(name, folder), 'utf8')));
}
