import { expect } from 'chai';
import fc from 'fast-check';
import { readDocuments } from '../../../src/gitops/document.ts';
import { withoutDoubles } from '../../../src/gitops/folder.ts';

const job = (name: string) =>
  `apiVersion: titan.dev/v1beta1\nkind: Job\nmetadata: {name: ${name}}\nspec: {version: "1"}\n`;

describe('readDocuments', () => {
  it('reads several documents, a list and a flat one, each with its line', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n';
    const { manifests, problems } = readDocuments(
      'f.yaml',
      `# first\n${job('a')}---\n\n${job('b')}---\n${list}---\nname: d\nversion: "1"\n`,
    );
    expect(problems).to.deep.equal([]);
    expect(
      manifests.map(({ object, line }) => [object.kind, object.metadata.name, line]),
    ).to.deep.equal([
      ['Job', 'a', 2],
      ['Job', 'b', 8],
      ['ConfigMap', 'c', 13],
      ['Job', 'd', 18],
    ]);
  });

  it('reports a broken document with its line, and still reads the others', () => {
    const { manifests, problems } = readDocuments(
      'f.yaml',
      `${job('a')}---\nkind: [Job\nmetadata: {name: b}\n---\n${job('c')}`,
    );
    expect(manifests.map(({ object }) => object.metadata.name)).to.deep.equal(['a', 'c']);
    expect(problems).to.have.length(1);
    expect(problems[0]?.line).to.be.within(6, 8);
    expect(problems[0]?.message).to.match(/^not valid YAML/);
  });

  it('finds a key that stands twice, in JSON too', () => {
    const { problems } = readDocuments('f.json', '{"name": "a",\n "name": "b"}');
    expect(problems[0]).to.include({ line: 2, message: 'not valid YAML: duplicated mapping key' });
  });

  it('refuses an integer that it would not pass on exactly', () => {
    const { manifests, problems } = readDocuments('a.yaml', 'kind: Widget\nsize: 9007199254740993');
    expect(manifests).to.deep.equal([]);
    expect(problems[0]?.message).to.include('9007199254740993 is beyond 2^53 - 1');
  });

  const strange = [
    ['just text', /holds no object/],
    ['[1, 2]', /holds no object/],
    ['kind: Job', /lacks apiVersion or kind/],
    ['apiVersion: v1\nkind: ConfigMap', /ConfigMap has no name/],
    ['name: 7', /Job has no name/],
  ] as const;
  for (const [text, message] of strange) {
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      const { manifests, problems } = readDocuments('f.yaml', text);
      expect(manifests).to.deep.equal([]);
      expect(problems[0]?.message).to.match(message);
    });
  }

  it('never throws, whatever a file holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        readDocuments('f.yaml', text);
      }),
    );
  });
});

describe('withoutDoubles', () => {
  it('takes an object once that two files declare alike', () => {
    const one = readDocuments('a.yaml', job('same'));
    const two = readDocuments('b.yaml', job('same'));
    const reading = withoutDoubles({
      manifests: [...one.manifests, ...two.manifests],
      problems: [],
    });
    expect(reading.manifests).to.have.length(1);
    expect(reading.problems).to.deep.equal([]);
  });

  it('takes neither of two that differ, and names both places', () => {
    const one = readDocuments('a.yaml', job('same'));
    const two = readDocuments('b.yaml', job('same').replace('"1"', '"2"'));
    const reading = withoutDoubles({
      manifests: [...one.manifests, ...two.manifests],
      problems: [],
    });
    expect(reading.manifests).to.deep.equal([]);
    expect(reading.problems.map(({ file, message }) => [file, message])).to.deep.equal([
      ['a.yaml', 'Job same is declared otherwise in b.yaml:1: keep one of them; none is applied'],
      ['b.yaml', 'Job same is declared otherwise in a.yaml:1: keep one of them; none is applied'],
    ]);
  });
});
