import { readFileSync } from 'node:fs';
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
});
