import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { EVENT_REASONS } from '../../../src/api/event-reason.ts';

describe('the reasons of events', () => {
  it('are those that docs/events.md explains, and no others', () => {
    const rows = readFileSync('docs/events.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const documented = rows.flatMap((row) => {
      const [, names = ''] = row.split('|');
      return [...names.matchAll(/`(?<name>\w+)`/g)].map(({ groups }) => groups?.name);
    });
    expect(documented.toSorted()).to.deep.equal([...EVENT_REASONS].toSorted());
  });

  /** The type of a recorder lets no other reason through; none of them may be left that nobody tells. */
  it('are each told somewhere, by their name or that of a constant', () => {
    const texts = ['src', 'controllers'].flatMap(textsIn);
    const constants = new Map(
      texts.flatMap((text) =>
        [...text.matchAll(/const (?<name>[A-Z_]+) = '(?<value>\w+)'/g)].map(({ groups }) => {
          return [groups?.value, groups?.name] as const;
        }),
      ),
    );
    const telling = texts
      .filter((text) => /recorder\b|EventReason|\btell\('/.test(text))
      .join('\n');
    const isTold = (reason: string) => {
      const name = constants.get(reason);
      return (
        RegExp(`'${reason}'|\\b${reason}: \\(`).test(telling) ||
        (name !== undefined && RegExp(`\\b${name}\\b`).test(telling))
      );
    };
    expect(EVENT_REASONS.filter((reason) => !isTold(reason))).to.deep.equal([]);
  });
});

function textsIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== join('api', 'event-reason.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
