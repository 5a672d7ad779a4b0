import { Agent } from 'node:https';
import { expect } from 'chai';
import { TitanError } from '../../../src/api/error.ts';
import { MASTERS } from '../../../src/auth/users.ts';
import { type Domain, openDomain } from '../../../src/compose/domain.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/port.ts';
import { testCertificates } from '../../support/access.ts';
import { quietLog } from '../../support/registry.ts';
import { type Answered, ask } from '../../support/secure-api.ts';

const DOMAINS = '/apis/titan.dev/v1beta1/faultdomains';

/** A store that outlives who uses it, and takes writes only where it is told to. */
function aStore() {
  const kept = memoryStore({ clock: systemClock() });
  let isFull = false;
  const store: Store = {
    ...kept,
    async transact(transaction) {
      if (isFull) throw new TitanError('ServiceUnavailable', 'its space is used up');
      return kept.transact(transaction);
    },
    close: async () => {},
  };
  return {
    store,
    end: () => kept.close(),
    fill(full: boolean) {
      isFull = full;
    },
  };
}

describe('a replica that starts', () => {
  const { store, fill, end } = aStore();
  let certificates: Awaited<ReturnType<typeof testCertificates>>;
  let agent: Agent;

  before(async () => {
    certificates = await testCertificates();
    const { certificate: cert, key } = await certificates.client('titan-admin', MASTERS);
    agent = new Agent({ ca: certificates.authority, cert, key });
  });

  after(async () => {
    agent.destroy();
    await end();
    certificates.end();
  });

  function open(own = store): Promise<Domain> {
    return openDomain({
      ...{ name: 'dc1', region: 'us-east-1', store: own, version: '1.2.3', log: quietLog },
      ...{ clock: systemClock(), random: systemRandom(), tls: certificates.tls },
      listen: { host: '127.0.0.1', port: 0 },
      identity: { certificate: '', key: '' },
    });
  }

  const get = (domain: Domain, path: string) => ask(`${domain.url}${path}`, { agent });
  const declare = (domain: Domain, api: string) =>
    domain.declare({ name: 'dc1', region: 'us-east-1', api, home: true });

  async function until(asked: () => Promise<Answered>, holds: (answer: Answered) => boolean) {
    for (;;) {
      const answer = await asked();
      if (holds(answer)) return answer;
    }
  }

  it('over a store that takes no writes serves reads, says what is lacking, and writes it later', async () => {
    const first = await open();
    await declare(first, 'https://old.example');
    expect((await get(first, '/readyz')).code).to.equal(200);
    await first.stop();

    fill(true);
    const second = await open();
    await declare(second, 'https://new.example');
    const { code, body } = await get(second, DOMAINS);
    expect([code, body.items[0].spec.api]).to.deep.equal([200, 'https://old.example']);
    const ready = await get(second, '/readyz');
    expect(ready.code).to.equal(500);
    expect(ready.body).to.include(
      '[-]start failed: not written yet: the fault domain dc1: its space is used up',
    );
    expect((await get(second, '/livez')).code).to.equal(200);

    fill(false);
    await until(
      () => get(second, '/readyz'),
      (answer) => answer.code === 200,
    );
    const declared = await get(second, `${DOMAINS}/dc1`);
    expect(declared.body.spec.api).to.equal('https://new.example');
    await second.stop();
  });

  it('over one that is empty, and takes no writes, answers all the same', async () => {
    const empty = aStore();
    empty.fill(true);
    const domain = await open(empty.store);
    await declare(domain, 'https://new.example');
    const ready = await get(domain, '/readyz');
    expect(ready.body).to.include('[-]store failed: the first objects could not be written yet');
    expect(ready.body).to.include('the default roles: its space is used up');
    expect((await get(domain, DOMAINS)).body.items).to.deep.equal([]);
    empty.fill(false);
    await until(
      () => get(domain, '/readyz'),
      (answer) => answer.code === 200,
    );
    expect((await get(domain, `${DOMAINS}/dc1`)).code).to.equal(200);
    await domain.stop();
    await empty.end();
  });

  it('is ready at once where nothing has changed, though the store takes no writes', async () => {
    fill(true);
    const domain = await open();
    await declare(domain, 'https://new.example');
    expect((await get(domain, '/readyz')).code).to.equal(200);
    await domain.stop();
    fill(false);
  });

  it('ends with what would be refused again', async () => {
    const domain = await open();
    const thrown = await domain
      .declare({ name: 'Not A Name', region: 'us-east-1', api: 'https://x.example', home: false })
      .catch((error: unknown) => error);
    expect(thrown).to.include({ reason: 'Invalid' });
    await domain.stop();
  });
});
