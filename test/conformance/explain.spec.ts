import { expect } from 'chai';
import { aRegistry, type TestRegistry } from '../support/registry.ts';

interface SchemaNode {
  readonly description?: string;
  readonly type?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
}

/** What a number counts, in words. */
const COUNTED =
  /how (many|often|much)|counts|number|generation|tasks|weight|ports|exit code|fitness of|place in|amount|from 0|milliseconds/i;

/** What the text of a value says, by the first row that the value falls under. */
const SAYS: readonly {
  readonly of: (name: string, node: SchemaNode) => boolean;
  readonly says: RegExp;
}[] = [
  {
    of: (name, node) => isFlexible(node) && /^(memory|disk|size)$/.test(name),
    says: /\(\d+[MGT]i[,)]/,
  },
  {
    of: (name, node) =>
      isFlexible(node) && /(After|Deadline|For|Limit|Time|deadline|interval|timeout)$/.test(name),
    says: /seconds \(\d+\) or with units \(\d+[smh]\)/,
  },
  { of: (name, node) => isFlexible(node) && name === 'port', says: /PORT0/ },
  { of: (_, node) => isFlexible(node), says: /\(\d+%\)|\d+%\]/ },
  { of: (name) => name.endsWith('Seconds'), says: /seconds/ },
  { of: (name) => name.endsWith('MiB'), says: /MiB/ },
  { of: (name) => /percent/i.test(name), says: /percent/ },
  { of: (name, node) => name === 'cpus' && isNumber(node), says: /Processor shares/ },
  { of: (_, node) => isNumber(node), says: COUNTED },
  { of: (_, node) => node.pattern !== undefined, says: /for example/ },
];

const isFlexible = (node: SchemaNode) => node['x-kubernetes-int-or-string'] === true;
const isNumber = ({ type }: SchemaNode) => type === 'integer' || type === 'number';

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

  it('tells the unit or an example of every number, size, time, part and pattern of our kinds', () => {
    const own = test.registry.definitions().filter(({ kind }) => kind.group === 'titan.dev');
    const lacking = own.flatMap(({ kind, schema }) => [
      ...unclear(kind.kind, schema as SchemaNode),
    ]);
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

/** What a list or a map holds is described by its field. */
function* unclear(path: string, node: SchemaNode): Generator<string> {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const text = node.description;
  const row = node.enum ? undefined : SAYS.find(({ of }) => of(name, node));
  if (text !== undefined && row?.says.test(text) === false) yield `${path}: ${text}`;
  for (const [field, inner] of Object.entries(node.properties ?? {})) {
    yield* unclear(`${path}.${field}`, inner);
  }
  const inner = node.items ?? node.additionalProperties;
  if (typeof inner !== 'object') return;
  yield* unclear(`${path}[]`, text === undefined ? inner : { description: text, ...inner });
}

function isSentence(text = ''): boolean {
  return /^[A-Z0-9].*\.$/s.test(text);
}
