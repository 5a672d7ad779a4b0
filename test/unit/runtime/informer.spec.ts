import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { TitanError } from '../../../src/api/error.ts';
import { JOB, type Job } from '../../../src/api/kinds.gen.ts';
import type { Client, ObjectEvent } from '../../../src/registry/port.ts';
import { createInformer, type Informer } from '../../../src/runtime/informer.ts';
import type { Clock } from '../../../src/runtime/port.ts';
import { trackedClient } from '../../../src/runtime/tracked-client.ts';
import { aJob } from '../../support/builders.ts';
import { aWorld } from '../../support/clock.ts';
import { quietLog } from '../../support/registry.ts';

type Batch = readonly ObjectEvent<Job>[];

/** An API whose answers the test gives. */
function aSource() {
  let items: readonly Job[] = [];
  let resourceVersion = '1';
  let feed: ((next: Batch | TitanError) => void) | undefined;
  const lists: string[] = [];

  const client = {
    async list() {
      lists.push(resourceVersion);
      return { items, resourceVersion };
    },
    async *watch(_kind: unknown, _options: unknown, signal: AbortSignal) {
      while (!signal.aborted) {
        const next = await new Promise<Batch | TitanError>((resolve) => {
          feed = resolve;
        });
        if (next instanceof TitanError) throw next;
        yield next;
      }
    },
  } as unknown as Client;

  return {
    client,
    lists,
    holds(version: string, ...jobs: readonly Job[]) {
      items = jobs;
      resourceVersion = version;
    },
    send: (next: Batch | TitanError) => feed?.(next),
  };
}

function aNamed(name: string, resourceVersion: string): Job {
  return aJob({}, { name, resourceVersion });
}

async function following() {
  const { clock, random } = aWorld();
  const source = aSource();
  const informer = createInformer<Job>({
    kind: JOB,
    client: source.client,
    clock,
    random,
    log: quietLog,
    indexes: { version: ({ spec }) => [spec.version] },
  });
  const stop = new AbortController();
  const seen: string[] = [];
  informer.onChange(({ key, now, before }) => {
    const what = now === undefined ? 'gone' : before === undefined ? 'new' : 'changed';
    seen.push(`${key} ${what}`);
  });
  source.holds('5', aNamed('a', '3'), aNamed('b', '5'));
  void informer.run(stop.signal);
  await clock.settle();
  return { clock, source, informer, seen, stop };
}

/** Enough for a hundred objects, of which each takes a millisecond. */
const TURNS = 40;

/** An informer over a long list, on a clock on which every look takes a millisecond. */
function taking(onTurn: (informer: Informer<Job>) => void) {
  const { clock, random } = aWorld();
  const source = aSource();
  let now = 0;
  const slow: Clock = { ...clock, elapsed: () => now++, sleep: async () => undefined };
  const { client } = source;
  const log = quietLog;
  const informer = createInformer<Job>({ kind: JOB, client, clock: slow, random, log });
  const holds = (version: string) =>
    source.holds(version, ...Array.from({ length: 100 }, (_, at) => aNamed(`j${at}`, version)));
  holds('5');
  void informer.run(new AbortController().signal);
  const turns = async () => {
    for (let turn = 0; turn < TURNS; turn += 1) {
      await nextTurn();
      onTurn(informer);
    }
  };
  return { informer, source, holds, turns };
}

describe('an informer', () => {
  it('lists, then follows', async () => {
    const { clock, source, informer, seen } = await following();
    expect(informer.synced).to.equal(true);
    source.send([
      { type: 'MODIFIED', object: aNamed('a', '6') },
      { type: 'DELETED', object: aNamed('b', '7') },
    ]);
    await clock.settle();
    expect([...informer.values()].map(({ metadata }) => metadata.name)).to.deep.equal(['a']);
    expect(seen).to.deep.equal([
      'default/a new',
      'default/b new',
      'default/a changed',
      'default/b gone',
    ]);
  });

  it('lists again when the watch is lost, and tells what went meanwhile', async () => {
    const { clock, source, informer, seen } = await following();
    source.holds('9', aNamed('a', '3'), aNamed('c', '9'));
    source.send(new TitanError('Expired', 'too old'));
    await clock.advance(1_000);
    expect(source.lists).to.deep.equal(['5', '9']);
    expect(seen.slice(2)).to.deep.equal(['default/c new', 'default/b gone']);
    expect(informer.size).to.equal(2);
  });

  it('starts over when the store was set back', async () => {
    const { clock, source, informer } = await following();
    source.holds('2', aNamed('a', '1'));
    source.send(new TitanError('Expired', 'set back'));
    await clock.advance(1_000);
    expect([...informer.values()].map(({ metadata }) => metadata.resourceVersion)).to.deep.equal([
      '1',
    ]);
    source.send([{ type: 'MODIFIED', object: aNamed('a', '3') }]);
    await clock.settle();
    expect(informer.get('default/a')?.metadata.resourceVersion).to.equal('3');
  });

  it('takes a long list in turns, but never shows a store that was set back half empty', async () => {
    const seen: (readonly [size: number, synced: boolean])[] = [];
    const { informer, source, holds, turns } = taking(({ size, synced }) => {
      seen.push([size, synced]);
    });
    await turns();
    expect(seen.some(([size]) => size > 0 && size < 100)).to.equal(true);
    expect(seen.some(([size, synced]) => synced && size < 100)).to.equal(false);
    expect(informer.synced).to.equal(true);
    seen.length = 0;
    holds('2');
    source.send(new TitanError('Expired', 'set back'));
    await turns();
    expect(informer.get('default/j9')?.metadata.resourceVersion).to.equal('2');
    expect(seen.some(([size]) => size < 100)).to.equal(false);
  });

  it('keeps what is written while a list is taken in turns', async () => {
    const { informer, turns } = taking(({ note }) => {
      note(aNamed('j99', '7'));
      note(aNamed('own', '8'));
    });
    await turns();
    expect(informer.get('default/j99')?.metadata.resourceVersion).to.equal('7');
    expect(informer.get('default/own')).to.not.equal(undefined);
    expect(informer.size).to.equal(101);
  });

  it('takes no notice of what is older than what it has', async () => {
    const { clock, source, informer } = await following();
    source.send([{ type: 'MODIFIED', object: aNamed('b', '4') }]);
    await clock.settle();
    expect(informer.get('default/b')?.metadata.resourceVersion).to.equal('5');
  });

  it('has own writes at once, and does not bring back what was deleted after them', async () => {
    const { clock, source, informer } = await following();
    informer.note(aNamed('d', '8'));
    expect(informer.get('default/d')).to.not.equal(undefined);
    source.send([{ type: 'ADDED', object: aNamed('d', '8') }]);
    source.send([]);
    await clock.settle();
    source.send([{ type: 'DELETED', object: aNamed('d', '9') }]);
    await clock.settle();
    informer.note(aNamed('d', '8'));
    expect(informer.get('default/d')).to.equal(undefined);
  });

  it('says when it has come to a version', async () => {
    const { clock, source, informer } = await following();
    let reached = false;
    void informer.reached('8').then(() => {
      reached = true;
    });
    await clock.settle();
    expect(reached).to.equal(false);
    source.send([{ type: 'ADDED', object: aNamed('e', '8') }]);
    await clock.settle();
    expect(reached).to.equal(true);
  });

  it('finds by index, also after a change', async () => {
    const { clock, source, informer } = await following();
    const moved: Job = { ...aNamed('a', '6'), spec: { ...aJob().spec, version: '2' } };
    source.send([{ type: 'MODIFIED', object: moved }]);
    await clock.settle();
    const names = (version: string) =>
      informer.by('version', version).map(({ metadata }) => metadata.name);
    expect([names('1'), names('2'), names('3')]).to.deep.equal([['b'], ['a'], []]);
    expect(['1', '2', '3'].map((version) => informer.count('version', version))).to.deep.equal([
      1, 1, 0,
    ]);
  });

  it('is fed by a tracked client', async () => {
    const { source, informer } = await following();
    const written = aNamed('f', '20');
    const client = trackedClient({ ...source.client, create: async () => written } as never, [
      informer as never,
    ]);
    await client.create(JOB, written);
    expect(informer.get('default/f')).to.equal(written);
  });
});
