import { expect } from 'chai';
import { isOpen, opensAt, type TimeWindow } from '../../../src/api/time-window.ts';

const work: TimeWindow = {
  days: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'],
  from: '08:00',
  to: '16:00',
  timeZone: 'Europe/Berlin',
};
const night: TimeWindow = { days: ['Saturday'], from: '22:00', to: '04:00' };

describe('time windows', () => {
  const rows: readonly [string, TimeWindow, string, string | undefined][] = [
    ['in winter, one hour ahead of UTC', work, '2026-01-05T07:00:00Z', undefined],
    ['just before', work, '2026-01-05T06:59:59Z', '2026-01-05T07:00:00Z'],
    ['in summer, two hours ahead', work, '2026-07-06T06:00:00Z', undefined],
    ['when it has closed', work, '2026-01-05T15:00:00Z', '2026-01-06T07:00:00Z'],
    ['over a weekend', work, '2026-01-09T15:00:00Z', '2026-01-12T07:00:00Z'],
    [
      'over the day on which clocks are put forward',
      work,
      '2026-03-27T20:00:00Z',
      '2026-03-30T07:00:00Z',
    ],
    ['past midnight', night, '2026-01-11T03:59:00Z', undefined],
    ['the day after it closed', night, '2026-01-11T04:00:00Z', '2026-01-17T22:00:00Z'],
    ['the evening of another day', night, '2026-01-09T23:00:00Z', '2026-01-10T22:00:00Z'],
    ['all day', { from: '00:00', to: '24:00' }, '2026-01-09T23:59:59Z', undefined],
  ];
  for (const [name, window, at, opens] of rows) {
    it(name, () => {
      const now = Date.parse(at);
      expect(isOpen([window], now)).to.equal(opens === undefined);
      if (opens !== undefined) expect(opensAt([window], now)).to.equal(Date.parse(opens));
    });
  }

  it('are open always where there are none', () => expect(isOpen([], 0)).to.equal(true));
});
