import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';

/**
 * Who may import whom, by folder. A folder not named here may import nothing of ours. A file
 * called `port.ts` holds only types: any folder below the composition may import types from it.
 */
const mayImport: Readonly<Record<string, readonly string[] | 'everything'>> = {
  'src/api': [],
  'src/scheduling': ['src/api'],
  'src/runtime': ['src/api'],
  'src/store': ['src/api'],
  'src/mesos': ['src/api'],
  'src/registry': ['src/api'],
  'src/federation': ['src/api'],
  'src/volumes': ['src/api'],
  'src/telemetry': ['src/api'],
  'src/auth': ['src/api'],
  'src/apiserver': ['src/api', 'src/auth', 'src/registry', 'src/telemetry'],
  'src/gitops': ['src/api'],
  'src/cli': ['src/api', 'src/gitops', 'src/scheduling', 'src/config.ts'],
  'src/config.ts': ['src/api'],
  'controllers/*/plan.ts': ['src/api', 'src/scheduling', 'src/volumes'],
  'controllers/*/status.ts': ['src/api', 'src/scheduling', 'src/volumes'],
  'controllers/*': ['src/api', 'src/scheduling', 'src/volumes', 'src/runtime'],
  'src/control-plane.ts': 'everything',
  'src/compose': 'everything',
  'src/sim': 'everything',
  'src/main.ts': ['src/program.ts'],
  'src/program.ts': 'everything',
};

/** Libraries that stay in one place, so that they can be replaced there. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  etcd3: ['src/store'],
  lmdb: ['src/store'],
  undici: ['src/mesos'],
  ajv: ['src/registry'],
  'fast-json-patch': ['src/registry'],
  '@marcbachmann/cel-js': ['src/registry'],
  re2js: ['src/api'],
  '@peculiar/x509': ['src/auth'],
  jose: ['src/auth'],
  chokidar: ['src/gitops'],
  pino: ['src/telemetry'],
  'prom-client': ['src/telemetry'],
  commander: ['src/cli', 'src/program.ts'],
  'js-yaml': ['src/gitops', 'src/apiserver', 'src/cli', 'src/config.ts', 'src/compose'],
  '@kubernetes/client-node': ['src/cli', 'src/gitops', 'src/federation'],
};

interface Import {
  readonly target: string;
  readonly typesOnly: boolean;
}

/** The layer of a file: its folder under src or controllers, or the file itself at the top of src. */
function layer(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

function rule(path: string): readonly string[] | 'everything' {
  const [top, , file = ''] = path.split('/');
  if (top !== 'controllers') return mayImport[layer(path)] ?? [];
  return mayImport[`controllers/*/${file}`] ?? mayImport['controllers/*'] ?? [];
}

function importsOf(path: string, text: string): readonly Import[] {
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(?<types>type\s)?[^'";]*?from\s+'(?<from>[^']+)'/gms,
  );
  return [...found].map(({ groups }) => {
    const from = groups?.from ?? '';
    const target = from.startsWith('.') ? normalize(join(dirname(path), from)) : from;
    return { target, typesOnly: groups?.types !== undefined };
  });
}

/** What the file imports and may not. */
function strays(path: string, text: string): readonly string[] {
  const allowed = rule(path);
  return importsOf(path, text)
    .filter(({ target, typesOnly }) => {
      if (!/^(src|controllers|test|tools)\//.test(target)) return isStrayLibrary(path, target);
      if (allowed === 'everything' || layer(target) === layer(path))
        return target.startsWith('test/');
      if (typesOnly && target.endsWith('/port.ts')) return false;
      if (isStorePortOfRegistry(path, target)) return false;
      return !allowed.includes(layer(target));
    })
    .map(({ target }) => target);
}

/** The registry also needs the limits that the store's port states, and what its history is known again by. */
function isStorePortOfRegistry(path: string, target: string): boolean {
  const isOfPort = target === 'src/store/port.ts' || target === 'src/store/witness.ts';
  return layer(path) === 'src/registry' && isOfPort;
}

function isStrayLibrary(path: string, target: string): boolean {
  if (layer(path) === 'src/api' && target.startsWith('node:')) return true;
  const homes = libraries[target];
  return homes !== undefined && !homes.includes(layer(path));
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .toSorted();
}

describe('architecture', () => {
  for (const folder of ['src', 'controllers']) {
    it(`${folder}/ imports only what each layer may`, () => {
      const found = sources(folder).flatMap((path) =>
        strays(path, readFileSync(path, 'utf8')).map((target) => `${path} imports ${target}`),
      );
      expect(found).to.deep.equal([]);
    });
  }

  it('sees a planted violation', () => {
    const port = "import type { Store } from '../store/port.ts';";
    const lmdb = "import {\n  lmdbStore,\n} from '../store/lmdb.ts';";
    expect(strays('src/mesos/planted.ts', port)).to.deep.equal([]);
    expect(strays('src/mesos/planted.ts', lmdb)).to.deep.equal(['src/store/lmdb.ts']);
    expect(strays('src/api/planted.ts', "import { join } from 'node:path';")).to.have.length(1);
    expect(strays('src/api/planted.ts', "import { Etcd3 } from 'etcd3';")).to.have.length(1);
    const other = "import { planJob } from '../job/plan.ts';";
    expect(strays('controllers/task/controller.ts', other)).to.have.length(1);
    const runtime = "import { informer } from '../../src/runtime/informer.ts';";
    expect(strays('controllers/task/plan.ts', runtime)).to.have.length(1);
    expect(strays('controllers/task/controller.ts', runtime)).to.deep.equal([]);
  });

  it('reads time and chance only in src/runtime and where the program is put together', () => {
    const clocks =
      /\b(Date\.now|Math\.random|setTimeout|setInterval|randomUUID|performance\.now)\(|new Date\(\)/;
    const found = ['src', 'controllers']
      .flatMap(sources)
      .filter((path) => !['src/runtime', 'src/main.ts'].includes(layer(path)))
      .filter((path) => clocks.test(readFileSync(path, 'utf8')));
    expect(found).to.deep.equal([]);
  });
});
