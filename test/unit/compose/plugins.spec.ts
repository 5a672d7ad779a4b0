import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadPlugins } from '../../../src/compose/plugins.ts';
import { createCatalog } from '../../../src/scheduling/place/catalog.ts';
import { createPlacer } from '../../../src/scheduling/place/placer.ts';
import { failureText } from '../../support/registry.ts';
import { aProfile, aSnapshot, aView } from '../../support/scheduling.ts';

describe('scheduler plugins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'titan-plugins-'));
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  it('bring rules and fitness that a job can name', async () => {
    const path = file(
      'good.ts',
      `export default {
        rules: { EvenAgent: ({ attribute = 'host' }: { attribute?: string }) => ({
          about: 'attribute', name: 'EvenAgent', attribute,
          refuse: (host: string | undefined) => Number(host?.at(-1)) % 2 ? 'is odd' : undefined }) },
        fitness: { LastFirst: { reads: ['attributes'], score: (_: unknown, room: { name: string }) => Number(room.name.at(-1)) / 10 } },
      };`,
    );
    const snapshot = aSnapshot(
      ['agent-1', 'agent-2', 'agent-4', 'agent-5'].map((name) => aView(name)),
    );
    const placer = createPlacer(snapshot, createCatalog(await loadPlugins([path])));
    const constraints = [{ rule: 'EvenAgent' }];
    const fitness = [{ name: 'LastFirst', weight: 1 }];
    const placed = placer.place({ key: 'a', profile: aProfile({ constraints, fitness }) });
    expect(placed).to.include({ agent: 'agent-4' });
  });

  const faults: readonly [name: string, text: string, said: string][] = [
    [
      'nothing',
      'export const rules = {};',
      'expected a default export with rules, fitness or schedulers',
    ],
    ['empty', 'export default {}', 'holds neither rules nor fitness nor schedulers'],
    ['unknown', 'export default { weights: {} }', 'weights is unknown: choose of rules'],
    [
      'taken',
      'export default { rules: { In: () => 0 } }',
      'rules.In has the name of one that Titan',
    ],
    ['named', 'export default { rules: { in: () => 0 } }', 'rules.in must be named'],
    [
      'shape',
      'export default { fitness: { A: 1 } }',
      'fitness.A must be an object with the function',
    ],
    ['broken', 'throw new Error("no luck")', 'cannot be loaded: no luck'],
  ];

  it('are refused with every fault named', async () => {
    const files = faults.map(([name, text]) => file(`${name}.ts`, text));
    const text = await failureText(loadPlugins(files));
    for (const [name, , said] of faults) expect(text).to.include(`${name}.ts: ${said}`);
  });

  it('may not give one name twice', async () => {
    const text = 'export default { schedulers: { Mine: { choose() {} } } };';
    const files = [file('one.ts', text), file('two.ts', text)];
    const said = await failureText(loadPlugins(files));
    expect(said).to.include('schedulers.Mine has the name of one in').and.to.include('one.ts');
  });
});
