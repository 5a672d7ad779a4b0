/**
 * Settings: one table a command says what may be set, how it is read and what holds where nothing
 * is said. A value comes from the flag, else the environment (TITAN_LISTEN for --listen), else the
 * configuration file, else the default. All faults are reported together.
 */
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { TitanError } from './api/error.ts';

export interface Setting<out T> {
  /** As it is typed and shown: `--listen <host:port>`, or `--keep-tasks` for a switch. */
  readonly flag: string;
  readonly about: string;
  /** As it would be typed; absent: the setting may stay away. */
  readonly fallback?: string;
  /** Given more than once on the command line, or as a list in the file. */
  readonly many?: boolean;
  /** @throws Error saying what was expected */
  readonly read: (text: string) => T;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

type ValueOf<S> = S extends { readonly many: true; readonly read: (text: string) => infer T }
  ? readonly T[]
  : S extends { readonly fallback: string; readonly read: (text: string) => infer T }
    ? T
    : S extends { readonly read: (text: string) => infer T }
      ? T | undefined
      : never;

/** What a table of settings gives. */
export type Config<S extends Settings> = { readonly [K in keyof S]: ValueOf<S[K]> };

export interface Sources {
  /** By setting name: text, list of texts, or true for a switch. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The configuration file's path, if there is one. */
  readonly file?: string | undefined;
}

/** @throws TitanError (`BadRequest`) that lists every fault: which setting, where from, what was expected */
export function readConfig<const S extends Settings>(settings: S, sources: Sources): Config<S> {
  const faults: string[] = [];
  const file = sources.file === undefined ? {} : readFile(sources.file, settings, faults);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const { texts, from } = find(name, setting, { ...sources, file });
    const read = texts.flatMap((text) => {
      try {
        return [setting.read(text)];
      } catch (thrown) {
        faults.push(`${from} is "${text}": ${thrown instanceof Error ? thrown.message : thrown}`);
        return [];
      }
    });
    values[name] = setting.many ? read : read.at(-1);
  }
  if (faults.length > 0) {
    throw new TitanError(
      'BadRequest',
      `the configuration is not usable:\n  ${faults.join('\n  ')}`,
    );
  }
  return Object.freeze(values) as Config<S>;
}

interface Found {
  readonly texts: readonly string[];
  readonly from: string;
}

interface Places {
  readonly flags: Sources['flags'];
  readonly environment: Sources['environment'];
  readonly file: Readonly<Record<string, unknown>>;
}

function find(name: string, setting: Setting<unknown>, places: Places): Found {
  const flag = `--${flagName(setting)}`;
  const variable = variableName(setting);
  const candidates: readonly Found[] = [
    { texts: textsOf(places.flags[name]), from: flag },
    { texts: textsOf(places.environment[variable]), from: variable },
    { texts: textsOf(places.file[flagName(setting)]), from: `${flagName(setting)} in the file` },
    { texts: textsOf(setting.fallback), from: `the default of ${flag}` },
  ];
  return candidates.find(({ texts }) => texts.length > 0) ?? { texts: [], from: flag };
}

function textsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value.flatMap(textsOf) : [String(value)];
}

function readFile(
  path: string,
  settings: Settings,
  faults: string[],
): Readonly<Record<string, unknown>> {
  try {
    const content = load(readFileSync(path, 'utf8'));
    if (typeof content !== 'object' || content === null || Array.isArray(content)) {
      faults.push(`${path} must hold one map, such as "listen: 127.0.0.1:7001"`);
      return {};
    }
    const known = new Set(Object.values(settings).map(flagName));
    const strange = Object.keys(content).filter((key) => !known.has(key));
    for (const key of strange) {
      faults.push(`${path} sets "${key}", which is no setting: choose of ${[...known].join(', ')}`);
    }
    return content as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    faults.push(`${path} cannot be read: ${thrown instanceof Error ? thrown.message : thrown}`);
    return {};
  }
}

/** `keep-tasks` of `--keep-tasks`, `listen` of `--listen <host:port>`. */
function flagName({ flag }: Setting<unknown>): string {
  return /^--([a-z-]+)/.exec(flag)?.[1] ?? flag;
}

/** The environment variable of a setting: `TITAN_KEEP_TASKS`. */
export function variableName(setting: Setting<unknown>): string {
  return `TITAN_${flagName(setting).toUpperCase().replaceAll('-', '_')}`;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Readers of the values that several commands have. */
export const read = {
  text: (text: string): string => text,
  switch(text: string): boolean {
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw new Error('expected true or false');
  },
  name(text: string): string {
    if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
    throw new Error('expected a name of lower case letters, digits and "-"');
  },
  address(text: string): Address {
    const match = /^(?<host>[^:]+|\[[^\]]+\]):(?<port>\d{1,5})$/.exec(text);
    const port = Number(match?.groups?.port);
    if (match?.groups?.host === undefined || port > 65_535) {
      throw new Error('expected host:port, for example 127.0.0.1:7001');
    }
    return { host: match.groups.host, port };
  },
  url(text: string): string {
    if (!/^https?:\/\/[^/]+$/.test(text.replace(/\/$/, ''))) {
      throw new Error('expected an address such as http://127.0.0.1:5050');
    }
    return text.replace(/\/$/, '');
  },
  issuer(text: string): string {
    if (/^https:\/\/[^?#]+$|^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(text)) return text;
    throw new Error('expected an address such as https://login.example.com');
  },
  urls: (text: string): readonly string[] => text.split(',').map((part) => read.url(part.trim())),
  number(text: string): number {
    if (!/^\d{1,9}$/.test(text)) throw new Error('expected a whole number');
    return Number(text);
  },
  count(text: string): number {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new Error('expected a whole number from 1 on');
  },
  seconds(text: string): number {
    return read.number(text) * 1_000;
  },
  level(text: string): string {
    const levels = ['debug', 'info', 'warn', 'error'];
    if (levels.includes(text)) return text;
    throw new Error(`expected one of ${levels.join(', ')}`);
  },
};
