import { expect } from 'chai';
import { TitanError } from '../../../src/api/error.ts';
import { startTestApi, type TestApi } from '../../support/api-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

interface Line {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly code?: number;
    readonly reason?: string;
    readonly metadata: {
      readonly name?: string;
      readonly resourceVersion: string;
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly columnDefinitions?: readonly object[] | null;
    readonly rows?: readonly { readonly cells: readonly unknown[] }[];
  };
}

/** The lines of a stream, parsed as they come. */
async function* lines(response: Response): AsyncGenerator<Line> {
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += Buffer.from(chunk).toString();
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield JSON.parse(part) as Line;
  }
  expect(rest).to.equal('');
}

async function take(stream: AsyncGenerator<Line>, count: number): Promise<Line[]> {
  const taken: Line[] = [];
  while (taken.length < count) {
    const { value, done } = await stream.next();
    if (done) throw new Error(`the stream ended after ${taken.length} lines`);
    taken.push(value);
  }
  return taken;
}

describe('watch over HTTP', () => {
  let api: TestApi;
  const request = (method: string, path: string, body?: object) =>
    fetch(`${api.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const create = (name: string) =>
    request('POST', MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  const watch = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}${MAPS}?watch=true&${query}`, { headers });
  const version = async (): Promise<string> =>
    ((await (await fetch(`${api.url}${MAPS}`)).json()) as Line['object']).metadata.resourceVersion;

  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(async () => {
    await api.stop();
    expect(api.errors).to.deep.equal([]);
  });

  it('sends its head at once, then each event as it comes', async () => {
    const response = await watch(`resourceVersion=${await version()}`);
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('application/json');
    const stream = lines(response);
    await create('a');
    const [added] = await take(stream, 1);
    expect(added).to.have.nested.property('object.metadata.name', 'a');
    await request('DELETE', `${MAPS}/a`);
    const [deleted] = await take(stream, 1);
    expect([added?.type, deleted?.type]).to.deep.equal(['ADDED', 'DELETED']);
    expect(Number(deleted?.object.metadata.resourceVersion)).to.be.greaterThan(
      Number(added?.object.metadata.resourceVersion),
    );
    await stream.return(undefined);
  });

  it('begins with all objects and marks their end', async () => {
    await create('a');
    const query =
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const stream = lines(await watch(query));
    const [added, mark] = await take(stream, 2);
    expect(added?.type).to.equal('ADDED');
    expect(mark?.type).to.equal('BOOKMARK');
    expect(mark?.object.metadata.annotations).to.deep.equal({
      'k8s.io/initial-events-end': 'true',
    });
    await stream.return(undefined);
  });

  it('names the columns of a table in the first event only', async () => {
    const stream = lines(await watch(`resourceVersion=${await version()}`, { accept: TABLE }));
    await create('a');
    await create('b');
    const [first, second] = await take(stream, 2);
    expect(first?.object.kind).to.equal('Table');
    expect(first?.object.columnDefinitions).to.have.length(3);
    expect(second?.object.columnDefinitions).to.equal(null);
    expect(second?.object.rows?.[0]?.cells.slice(0, 2)).to.deep.equal(['b', '0']);
    await stream.return(undefined);
  });

  it('marks the end of all objects in a table by a row without cells', async () => {
    await create('a');
    const query =
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const stream = lines(await watch(query, { accept: TABLE }));
    const [, mark] = await take(stream, 2);
    const { resourceVersion = '' } = mark?.object.metadata ?? {};
    expect(mark?.type).to.equal('BOOKMARK');
    expect(mark?.object.rows).to.deep.equal([
      {
        cells: [null, null, null],
        object: {
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: {
            resourceVersion,
            creationTimestamp: null,
            annotations: { 'k8s.io/initial-events-end': 'true' },
          },
        },
      },
    ]);
    await stream.return(undefined);
  });

  it('gives metadata alone', async () => {
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const stream = lines(await watch(`resourceVersion=${await version()}`, { accept }));
    await create('a');
    const [event] = await take(stream, 1);
    expect(event?.object).to.have.all.keys('kind', 'apiVersion', 'metadata');
    await stream.return(undefined);
  });

  it('ends at its deadline', async () => {
    const stream = lines(await watch('timeoutSeconds=1'));
    expect((await stream.next()).done).to.equal(true);
  });

  it('ends when the server stops', async () => {
    const stream = lines(await watch(`resourceVersion=${await version()}`));
    const ended = stream.next();
    await api.stop();
    expect((await ended).done).to.equal(true);
    api = await startTestApi();
  });
});

function failing(error: TitanError): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}

describe('watch from a version that is too old', () => {
  it('answers 200 and tells so in the stream', async () => {
    const api = await startTestApi({
      wrap: (registry) => ({
        ...registry,
        watch: () => failing(new TitanError('Expired', 'too old resource version: 1 (4)')),
      }),
    });
    const response = await fetch(`${api.url}${MAPS}?watch=1&resourceVersion=1`);
    const [event] = await take(lines(response), 1);
    await api.stop();
    expect(response.status).to.equal(200);
    expect(event?.type).to.equal('ERROR');
    expect(event?.object).to.include({
      kind: 'Status',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version: 1 (4)',
    });
  });
});
