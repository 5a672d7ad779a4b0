import { expect } from 'chai';
import fc from 'fast-check';
import { seededRandom } from '../../../src/runtime/random.ts';
import { checkHistory } from './check.ts';
import { createHistory, type Operation, type Outcome } from './operation.ts';

/** Reads `begin-end deed [value] [for value] [= outcome] [v version]`, all about one key. */
function anOperation(line: string): Operation {
  const found =
    /^(?<begin>\d+)-(?<end>\d+|\?) (?<deed>\w+)(?: (?!for|=|v\d)(?<value>\w+))?(?: for (?<expects>\w+))?(?: = (?<outcome>\w+))?(?: v(?<version>\d+))?$/.exec(
      line,
    );
  const { begin, end, deed, value, expects, outcome, version } = found?.groups ?? {};
  if (deed === undefined) throw new Error(`this is no operation: ${line}`);
  return {
    key: 'a',
    deed: deed as Operation['deed'],
    ...(value === undefined ? {} : { value }),
    ...(expects === undefined ? {} : { expects }),
    ...(version === undefined ? {} : { version }),
    outcome: (outcome ?? (end === '?' ? 'unknown' : 'done')) as Outcome,
    begin: Number(begin),
    end: end === '?' ? Number.POSITIVE_INFINITY : Number(end),
  };
}

const good: Readonly<Record<string, readonly string[]>> = {
  'one after the other': [
    '0-1 create x',
    '2-3 read x',
    '4-5 update y for x',
    '6-7 delete',
    '8-9 read = absent',
  ],
  'a read beside a write sees it, or not': [
    '0-1 create x',
    '2-9 update y for x',
    '3-4 read x',
    '5-6 read y',
  ],
  'two updates for one value: one is refused': [
    '0-1 create x',
    '2-8 update y for x',
    '3-7 update z for x = conflict',
    '9-10 read y',
  ],
  'a write of unknown outcome is done': [
    '0-1 create x',
    '2-? update y for x',
    '3-4 read x',
    '5-6 read y',
  ],
  'a write of unknown outcome is not done': ['0-1 create x', '2-? update y for x', '5-6 read x'],
  'a write of unknown outcome is done late': [
    '0-1 create x',
    '2-? update y for x',
    '5-6 read x',
    '7-8 update z for x = conflict',
    '9-10 read y',
  ],
  'deletes of unknown outcome explain absence': [
    '0-1 create x',
    '2-? delete',
    '3-? delete',
    '4-5 read = absent',
    '6-7 create y',
    '8-9 create z = exists',
  ],
  'a create of unknown outcome that nobody sees': [
    '0-? create x',
    '1-2 create y = exists',
    '3-4 delete',
    '5-6 create z',
  ],
  'operations that end in the other order': [
    '0-9 create x',
    '1-8 update y for x',
    '2-7 delete for y',
    '3-6 read = absent',
  ],
};

const bad: Readonly<Record<string, readonly string[]>> = {
  'a lost write': ['0-1 create x', '2-3 update y for x', '4-5 read x'],
  'a lost create': ['0-1 create x', '2-3 read = absent'],
  'a delete undone': ['0-1 create x', '2-3 delete', '4-5 read x'],
  'a stale read after a newer one': [
    '0-1 create x',
    '2-? update y for x',
    '3-4 read y',
    '5-6 read x',
  ],
  'two updates for one value': ['0-1 create x', '2-7 update y for x', '3-8 update z for x'],
  'a write of unknown outcome done twice': [
    '0-? create x',
    '1-2 read x',
    '3-4 delete',
    '5-6 read x',
  ],
  'a write done twice, as versions tell': ['0-1 create x v1', '2-3 read x v2'],
  'a conflict with nothing': ['0-1 create x', '2-3 update y for x = conflict'],
  'a create that found nothing': ['0-1 create x = exists'],
  'a value that nobody wrote': ['0-1 create x', '2-3 read y'],
  'more absences than deletes': [
    '0-1 create x',
    '2-? delete',
    '3-4 read = absent',
    '5-6 create y',
    '7-8 read = absent',
  ],
  'a read before the write begins': ['0-1 create x', '2-3 read y', '4-5 update y for x'],
};

describe('the history checker', () => {
  for (const [name, lines] of Object.entries(good)) {
    it(`accepts ${name}`, () => {
      expect(checkHistory(lines.map(anOperation))).to.deep.equal([]);
    });
  }
  for (const [name, lines] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      const [refusal, ...more] = checkHistory(lines.map(anOperation));
      expect(refusal?.key).to.equal('a');
      expect(more).to.deep.equal([]);
    });
  }

  it('says which answer it cannot explain, and what went on meanwhile', () => {
    const lines = ['0-1 create x', '2-3 update y for x', '4-? delete for x', '5-6 read x'];
    expect(checkHistory(lines.map(anOperation))).to.deep.equal([
      {
        key: 'a',
        text: '5–6 read a x: done, though it could only hold y\n  meanwhile 4–… delete a for x: unknown',
      },
    ]);
  });

  it('accepts whatever a register that is used by several at a time answers, and no other value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const operations = play({ seed, clients: 4, keys: 1, count: 60, unknown: 0.2 });
        expect(checkHistory(operations)).to.deep.equal([]);
        const at = operations.findLastIndex(
          ({ deed, value }) => deed === 'read' && value !== undefined,
        );
        const read = operations[at];
        if (read === undefined) return;
        expect(checkHistory(operations.with(at, { ...read, value: 'never' }))).to.have.length(1);
      }),
      { numRuns: 40 },
    );
  });

  it('looks at 100,000 operations, with unknown outcomes, in seconds', () => {
    const begin = process.cpuUsage();
    for (const keys of [20, 1000]) {
      const operations = play({ seed: 1, clients: 5, keys, count: 100_000, unknown: 0.004 });
      expect(operations).to.have.length.above(90_000);
      expect(checkHistory(operations)).to.deep.equal([]);
    }
    const { user } = process.cpuUsage(begin);
    expect(user / 1e6).to.be.below(20);
  });
});

interface Playing {
  readonly seed: number;
  readonly clients: number;
  readonly keys: number;
  readonly count: number;
  /** The share of writes whose answer is lost. */
  readonly unknown: number;
}

/** Clients of a register that is right: each request takes effect at some moment between its begin and its end. */
function play({ seed, clients, keys, count, unknown }: Playing): readonly Operation[] {
  const random = seededRandom(seed).next;
  const history = createHistory();
  const held = new Map<string, string>();
  const last = new Map<string, string>();
  const steps: (() => void)[][] = Array.from({ length: clients }, () => []);
  for (let number = 0; number < count * 3; number += 1) {
    const own = steps[Math.floor(random() * clients)] ?? [];
    if (own.length === 0) own.push(...request(`w${number}`));
    own.shift()?.();
  }
  for (const own of steps) for (const step of own) step();
  return history.operations;

  function request(value: string): (() => void)[] {
    const key = `k${Math.floor(random() * keys)}`;
    const deed =
      (['create', 'update', 'update', 'delete', 'read'] as const)[Math.floor(random() * 5)] ??
      'read';
    const expects = deed === 'update' ? last.get(key) : undefined;
    const isLost = deed !== 'read' && random() < unknown;
    let answer: Pick<Operation, 'outcome' | 'value'> = { outcome: 'unknown', value };
    let end: ReturnType<typeof history.begin> = () => {};
    const write = deed === 'create' || deed === 'update' ? { value } : {};
    return [
      () => {
        end = history.begin();
      },
      () => {
        if (!isLost || random() < 0.5) answer = apply(key, deed, { value, expects });
      },
      () => {
        const told = isLost ? { outcome: 'unknown' as const, ...write } : answer;
        const expected = expects === undefined ? {} : { expects };
        end({ key, deed, ...write, ...expected, ...told });
      },
    ];
  }

  function apply(
    key: string,
    deed: Operation['deed'],
    { value, expects }: { readonly value: string; readonly expects: string | undefined },
  ): Pick<Operation, 'outcome'> & { value?: string } {
    const before = held.get(key);
    if (before !== undefined) last.set(key, before);
    const refused = refusalOf(deed, before, expects);
    if (refused !== undefined) return { outcome: refused };
    if (deed === 'read') return { outcome: 'done', value: before ?? '' };
    if (deed === 'delete') held.delete(key);
    else held.set(key, value);
    return { outcome: 'done' };
  }
}

function refusalOf(
  deed: Operation['deed'],
  before: string | undefined,
  expects: string | undefined,
): Outcome | undefined {
  if (deed === 'create') return before === undefined ? undefined : 'exists';
  if (before === undefined) return 'absent';
  return deed === 'update' && (expects ?? before) !== before ? 'conflict' : undefined;
}
