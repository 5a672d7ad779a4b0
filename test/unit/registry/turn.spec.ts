import { expect } from 'chai';
import { readingTurn } from '../../../src/registry/turn.ts';

describe('readingTurn', () => {
  it('is one for all who read, who have it one after the other', async () => {
    let now = 0;
    const clock = { elapsed: () => now };
    const ended: number[] = [];
    let pieces = 0;
    let most = 0;
    let isOver = false;

    async function read(reader: number): Promise<void> {
      const turn = readingTurn(clock);
      for (let piece = 0; piece < 6; piece += 1) {
        if (turn.isOver()) await turn.next();
        now += 1;
        pieces += 1;
      }
      ended.push(reader);
    }

    function look(): void {
      most = Math.max(most, pieces);
      pieces = 0;
      if (!isOver) setImmediate(look);
    }

    look();
    const readers = Array.from({ length: 10 }, (_, reader) => reader);
    await Promise.all(readers.map(read));
    isOver = true;
    expect(most).to.equal(2);
    expect(ended).to.deep.equal(readers);
  });
});
