import { expect } from 'chai';
import { guarded } from '../../../src/apiserver/access/guard.ts';
import { createTurnstile } from '../../../src/apiserver/access/limits.ts';
import { pagesOf } from '../../../src/apiserver/access/pages.ts';
import {
  type Answer,
  type Request,
  streamAnswer,
  textAnswer,
  type Unidentified,
} from '../../../src/apiserver/exchange.ts';
import { createRouter } from '../../../src/apiserver/route.ts';
import type { User } from '../../../src/auth/port.ts';
import { authenticated } from '../../../src/auth/users.ts';
import type { Definition } from '../../../src/registry/port.ts';
import { everybody } from '../../support/access.ts';
import { quietLog } from '../../support/registry.ts';

const TASKS = '/apis/titan.dev/v1beta1/namespaces/default/tasks';
const route = createRouter();

/** Tasks are served; of them there are so many. */
const withTasks = (objects: number) => ({
  find: (_group: string, _version: string, plural: string) =>
    plural === 'tasks' ? ({} as Definition) : undefined,
  count: () => objects,
});

/** A GET; its client goes away when told. */
function aRequest(path: string, gone = new AbortController()): Unidentified & Request {
  const [bare = '', search = ''] = path.split('?');
  const request = {
    method: 'GET',
    path: bare,
    route: route(bare),
    query: new URLSearchParams(search),
    headerNames: () => [],
    credentials: () => ({}),
    signal: gone.signal,
    of: () => request,
  } as Pick<Request, 'query' | 'route'> as Unidentified & Request;
  return request;
}

describe('createTurnstile', () => {
  it('forgets users who have nothing under way, and nobody else', () => {
    const turnstile = createTurnstile({ requests: 1, watches: 1 });
    const leave = turnstile.enter('ann', 'watches');
    for (let index = 0; index < 3_000; index += 1) turnstile.enter(`user-${index}`, 'requests')();
    expect(() => turnstile.enter('ann', 'watches')).to.throw('Too many requests');
    leave();
    leave();
    turnstile.enter('ann', 'watches');
    expect(() => turnstile.enter('ann', 'watches')).to.throw('Too many requests');
  });

  it('keeps all who have something under way, however many', () => {
    const turnstile = createTurnstile({ requests: 1, watches: 1 });
    const users = Array.from({ length: 3_000 }, (_, index) => `user-${index}`);
    for (const user of users) turnstile.enter(user, 'requests');
    for (const user of users) {
      expect(() => turnstile.enter(user, 'requests'), user).to.throw('Too many requests');
    }
  });
});

describe('pagesOf', () => {
  const cases = [
    { path: TASKS, objects: 0, pages: 1 },
    { path: TASKS, objects: 500, pages: 1 },
    { path: TASKS, objects: 100_000, pages: 200 },
    { path: `${TASKS}?limit=500`, objects: 100_000, pages: 1 },
    { path: `${TASKS}?limit=0`, objects: 100_000, pages: 200 },
    { path: `${TASKS}?limit=many`, objects: 100_000, pages: 200 },
    { path: `${TASKS}?limit=500000`, objects: 100_000, pages: 200 },
    { path: `${TASKS}?limit=5&labelSelector=a`, objects: 100_000, pages: 200 },
    { path: `${TASKS}?limit=5&fieldSelector=spec.a=b`, objects: 100_000, pages: 200 },
    { path: '/apis/titan.dev/v1beta1/nothing', objects: 100_000, pages: 1 },
    { path: '/version', objects: 100_000, pages: 1 },
  ];

  for (const { path, objects, pages } of cases) {
    it(`${path} of ${objects} goes through ${pages}`, () => {
      expect(pagesOf(aRequest(path), withTasks(objects))).to.equal(pages);
    });
  }
});

describe('guarded', () => {
  it('keeps out lists while others go through as much as may be, and nothing that is small', async () => {
    const user: User = authenticated({ name: 'ann', groups: [] });
    const access = { ...everybody, authenticate: () => user };
    const limits = { requests: 20, watches: 1 };
    const answer = async ({ route: asked }: Request): Promise<Answer> =>
      asked.type === 'resource' && asked.name === undefined
        ? streamAnswer((async function* () {})())
        : textAnswer(200, '');
    const ask = guarded(answer, { access, limits, log: quietLog, registry: withTasks(5_500) });
    const gone = new AbortController();
    await ask(aRequest(TASKS, gone));
    await ask(aRequest(TASKS));
    expect(() => ask(aRequest(TASKS))).to.throw('Too many requests');
    expect((await ask(aRequest(`${TASKS}/a`))).code).to.equal(200);
    gone.abort();
    expect((await ask(aRequest(TASKS))).code).to.equal(200);
  });
});
