import { expect } from 'chai';
import { switchTo } from '../../../src/mesos/local/executor/user.ts';

const known: Readonly<Record<string, { uid: number; gid: number }>> = {
  root: { uid: 0, gid: 0 },
  web: { uid: 33, gid: 34 },
  me: { uid: 1000, gid: 1000 },
};
const users = (ownUid: number) => ({ ownUid, find: (name: string) => known[name] });

describe('whom a process runs as', () => {
  const rows = [
    { name: undefined, by: 0, is: 'as before' },
    { name: undefined, by: 1000, is: 'as before' },
    { name: 'root', by: 0, is: 'as before' },
    { name: 'web', by: 0, is: '33:34' },
    { name: 'me', by: 1000, is: 'as before' },
    { name: 'web', by: 1000, is: "Failed to switch to user 'web'" },
    { name: 'root', by: 1000, is: "Failed to switch to user 'root'" },
    { name: 'nobodyhere', by: 0, is: "Failed to find user 'nobodyhere'" },
    { name: 'nobodyhere', by: 1000, is: "Failed to find user 'nobodyhere'" },
  ];
  for (const { name, by, is } of rows) {
    it(`is ${is} where its command names ${name ?? 'nobody'}, and ${by} runs the agent`, () => {
      const found = switchTo(name, users(by));
      const { identity } = 'missing' in found ? { identity: undefined } : found;
      const text = identity ? `${identity.uid}:${identity.gid}` : 'as before';
      expect('missing' in found ? found.missing.split(':')[0] : text).to.equal(is);
    });
  }

  it('is found among the users of this machine, and no option is a name', () => {
    expect(switchTo('root', { ...users(1), find: (name) => known[name] })).to.have.key('missing');
    for (const name of ['nobodyhere', '-u', '', '0', 'a b']) {
      expect(switchTo(name), name).to.have.key('missing');
    }
  });
});
