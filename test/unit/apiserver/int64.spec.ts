import { expect } from 'chai';
import { startTestApi, type TestApi } from '../../support/api-server.ts';

const LARGE = '9007199254740993';
const LARGER = '9007199254740995';
const LARGEST = '9223372036854775807';
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** As text, since the numbers would not survive being values of this test. */
const CRD = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
  "metadata":{"name":"widgets.example.com"},
  "spec":{"group":"example.com","scope":"Namespaced","names":{"kind":"Widget","plural":"widgets"},
    "versions":[{"name":"v1","served":true,"storage":true,
      "additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"}],
      "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
        "x-kubernetes-validations":[{"rule":"!has(self.size) || self.size != ${LARGER}","message":"not this one"}],
        "properties":{
          "size":{"type":"integer","format":"int64","maximum":${LARGEST},"minimum":-${LARGE}},
          "small":{"type":"integer","format":"int32"},
          "step":{"type":"integer","multipleOf":${LARGE}},
          "preset":{"type":"integer","format":"int64","default":${LARGEST}},
          "chosen":{"type":"integer","enum":[1,${LARGE}]},
          "ids":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"integer"}}
        }}}}}}]}}`;

describe('integers beyond 2^53, over HTTP', () => {
  let api: TestApi;

  before(async () => {
    api = await startTestApi();
    expect((await call('POST', CRDS, CRD)).code).to.equal(201);
  });
  after(() => api.stop());

  async function call(method: string, path: string, body?: string, type = 'application/json') {
    const headers = { 'content-type': type, accept: 'application/json' };
    const sent = body === undefined ? { headers } : { headers, body };
    const answer = await fetch(`${api.url}${path}`, { method, ...sent });
    return { code: answer.status, text: await answer.text() };
  }

  const widget = (name: string, spec: string) =>
    `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"${name}"},"spec":${spec}}`;

  it('are created, defaulted, got, listed, shown in tables and watched as they were sent', async () => {
    const made = await call('POST', WIDGETS, widget('a', `{"size":${LARGE}}`));
    expect(made.code).to.equal(201);
    const { text } = await call('GET', `${WIDGETS}/a`);
    for (const shown of [made.text, text, (await call('GET', WIDGETS)).text]) {
      expect(shown).to.include(`"size":${LARGE}`).and.to.include(`"preset":${LARGEST}`);
    }
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = await fetch(`${api.url}${WIDGETS}`, { headers: { accept } });
    expect(await table.text()).to.include(`"cells":["a",${LARGE}]`);
    const watch = await fetch(`${api.url}${WIDGETS}?watch=true&timeoutSeconds=1`);
    expect(await watch.text()).to.include(`"size":${LARGE}`);
  });

  const patches = [
    {
      name: 'a merge patch',
      type: 'application/merge-patch+json',
      body: `{"spec":{"size":${LARGEST}}}`,
      shows: `"size":${LARGEST}`,
    },
    {
      name: 'a JSON patch that copies',
      type: 'application/json-patch+json',
      body: `[{"op":"test","path":"/spec/size","value":${LARGE}},
        {"op":"copy","from":"/spec/size","path":"/spec/preset"}]`,
      shows: `"preset":${LARGE}`,
    },
    {
      name: 'an apply, whose manager owns an item',
      type: 'application/apply-patch+yaml',
      query: '?fieldManager=m',
      body: `{apiVersion: example.com/v1, kind: Widget, metadata: {name: NAME}, spec: {ids: [${LARGE}]}}`,
      shows: `"f:ids":{"v:${LARGE}":{}}`,
    },
  ];
  for (const [index, { name, type, query = '', body, shows }] of patches.entries()) {
    it(`pass ${name}`, async () => {
      await call('POST', WIDGETS, widget(`p${index}`, `{"size":${LARGE}}`));
      const path = `${WIDGETS}/p${index}${query}`;
      const { code, text } = await call('PATCH', path, body.replace('NAME', `p${index}`), type);
      expect(code, text).to.equal(200);
      expect(text).to.include(shows);
    });
  }

  it('change nothing when they are the same', async () => {
    const versionOf = (text: string) => /"resourceVersion":"(\d+)"/.exec(text)?.[1];
    const made = await call('POST', WIDGETS, widget('same', `{"size":${LARGE}}`));
    const body = `{"spec":{"size":${LARGE}}}`;
    const again = await call('PATCH', `${WIDGETS}/same`, body, 'application/merge-patch+json');
    expect(versionOf(again.text)).to.equal(versionOf(made.text));
  });

  const refused = [
    { spec: `{"size":-${LARGER}}`, says: `greater than or equal to -${LARGE}` },
    { spec: '{"size":9223372036854775808}', says: 'must be of type int64: 9223372036854776000' },
    {
      spec: '{"chosen":9223372036854775808}',
      says: 'must be of type integer: 9223372036854776000',
    },
    { spec: `{"small":${LARGE}}`, says: 'must be of type int32' },
    { spec: `{"step":${LARGER}}`, says: `a multiple of ${LARGE}` },
    {
      spec: `{"chosen":${LARGER}}`,
      says: `Unsupported value: ${LARGER}: supported values: 1, ${LARGE}`,
    },
    { spec: `{"ids":[${LARGE},${LARGE}]}`, says: `Duplicate value: ${LARGE}` },
    { spec: `{"size":${LARGER}}`, says: 'not this one' },
  ];
  for (const { spec, says } of refused) {
    it(`are checked: ${spec}`, async () => {
      const { code, text } = await call('POST', WIDGETS, widget('wrong', spec));
      expect(code, text).to.equal(422);
      expect((JSON.parse(text) as { message: string }).message).to.include(says);
    });
  }

  it("are refused in Titan's own kinds, which compute with numbers", async () => {
    const path = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
    const job = `{"apiVersion":"titan.dev/v1beta1","kind":"Job","metadata":{"name":"j"},
      "spec":{"applicationName":"j","version":"1","location":"dc1:1","cpus":1,"memory":1,"disk":1,
        "numRetries":${LARGE}}}`;
    const { code, text } = await call('POST', path, job);
    expect(code, text).to.equal(422);
    expect(text).to.include('spec.numRetries in body should be less than or equal to');
  });
});
