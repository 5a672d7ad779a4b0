import { expect } from 'chai';
import { createTurnstile } from '../../../src/apiserver/access/limits.ts';

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
