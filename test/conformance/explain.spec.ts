import { expect } from 'chai';
import { aRegistry, type TestRegistry } from '../support/registry.ts';

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
}

/** `kubectl explain` shows what is described: all of it, in sentences. */
describe('descriptions of what is served', () => {
  let test: TestRegistry;
  before(async () => {
    test = await aRegistry();
  });
  after(() => test.stop());

  it('has a sentence for every field of every kind', () => {
    const lacking = test.registry
      .definitions()
      .flatMap(({ kind, schema }) => [...undescribed(kind.kind, schema as SchemaNode)]);
    expect(lacking).to.deep.equal([]);
  });

  it('says of every column of a table what it shows', () => {
    const own = test.registry.definitions().filter(({ kind }) => kind.group === 'titan.dev');
    expect(own).not.to.have.length(0);
    const silent = own.flatMap(({ kind, columns }) =>
      columns
        .filter(({ name, description }) => name !== 'Age' && !isSentence(description))
        .map(({ name }) => `${kind.kind}: ${name}`),
    );
    expect(silent).to.deep.equal([]);
  });
});

function* undescribed(path: string, node: SchemaNode): Generator<string> {
  if (!isSentence(node.description)) yield path;
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    yield* undescribed(`${path}.${name}`, field);
  }
  const inner = node.items ?? node.additionalProperties;
  if (typeof inner !== 'object') return;
  for (const [name, field] of Object.entries(inner.properties ?? {})) {
    yield* undescribed(`${path}[].${name}`, field);
  }
}

function isSentence(text = ''): boolean {
  return /^[A-Z0-9].*\.$/s.test(text);
}
