import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TitanError } from '../api/error.ts';
import { fitness } from '../scheduling/fitness/table.ts';
import type { Plugin } from '../scheduling/place/catalog.ts';
import { rules } from '../scheduling/rules/table.ts';

/** What a plugin may export, and what each thing in it must be. */
const SECTIONS = {
  rules: { what: 'a function that makes a rule of a constraint', isOne: isFunction, own: rules },
  fitness: { what: 'an object with the function score', isOne: hasFunction('score'), own: fitness },
  schedulers: { what: 'an object with the function choose', isOne: hasFunction('choose'), own: {} },
} as const;

const NAME = /^[A-Z][A-Za-z0-9]{0,62}$/;

/**
 * Loads scheduler plugins: modules whose default export holds `rules`, `fitness` or `schedulers` by name.
 * @throws TitanError (`BadRequest`) that lists every fault of every file
 */
export async function loadPlugins(files: readonly string[]): Promise<readonly Plugin[]> {
  const faults: string[] = [];
  const plugins: Plugin[] = [];
  const takenBy = new Map<string, string>();
  for (const file of files) {
    const found = await load(file, faults);
    if (found === undefined) continue;
    faults.push(...faultsOf(found, takenBy, file));
    plugins.push(found as Plugin);
  }
  if (faults.length === 0) return plugins;
  const list = faults.join('\n  ');
  throw new TitanError('BadRequest', `the scheduler plugins are not usable:\n  ${list}`);
}

type Exported = Readonly<Record<string, unknown>>;

async function load(file: string, faults: string[]): Promise<Exported | undefined> {
  try {
    const { default: exported } = await import(pathToFileURL(resolve(file)).href);
    if (isObject(exported)) return exported;
    faults.push(`${file}: expected a default export with rules, fitness or schedulers`);
  } catch (thrown) {
    faults.push(
      `${file}: cannot be loaded: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
  return undefined;
}

function faultsOf(
  exported: Exported,
  takenBy: Map<string, string>,
  file: string,
): readonly string[] {
  const names = Object.keys(exported);
  if (names.length === 0) return [`${file}: holds neither rules nor fitness nor schedulers`];
  return names.flatMap((section) => {
    const things = exported[section];
    if (!isSection(section)) {
      return [`${file}: ${section} is unknown: choose of ${Object.keys(SECTIONS).join(', ')}`];
    }
    if (!isObject(things)) return [`${file}: ${section} must be an object, by name`];
    return Object.entries(things).flatMap(([name, thing]) => {
      const fault = faultOf({ section, name, thing }, takenBy, file);
      return fault === undefined ? [] : [`${file}: ${section}.${name} ${fault}`];
    });
  });
}

interface Thing {
  readonly section: keyof typeof SECTIONS;
  readonly name: string;
  readonly thing: unknown;
}

function faultOf(
  { section, name, thing }: Thing,
  takenBy: Map<string, string>,
  file: string,
): string | undefined {
  const { what, isOne, own } = SECTIONS[section];
  if (!NAME.test(name)) return 'must be named in letters and digits, the first a capital';
  if (name in own) return 'has the name of one that Titan has itself';
  const other = takenBy.get(`${section}.${name}`);
  if (other !== undefined) return `has the name of one in ${other}`;
  takenBy.set(`${section}.${name}`, file);
  return isOne(thing) ? undefined : `must be ${what}`;
}

function isSection(name: string): name is keyof typeof SECTIONS {
  return Object.hasOwn(SECTIONS, name);
}

function isObject(thing: unknown): thing is Exported {
  return typeof thing === 'object' && thing !== null;
}

function isFunction(thing: unknown): boolean {
  return typeof thing === 'function';
}

function hasFunction(name: string): (thing: unknown) => boolean {
  return (thing) => isObject(thing) && isFunction(thing[name]);
}
