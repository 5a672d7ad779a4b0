import { expect } from 'chai';
import { mayBeOfInstance, sidecarTaskId, taskName } from '../../../src/api/task.ts';

const UID = '8f14e45f-ceea-467f-9d2b-5a1c9e0b7c11';
const LONG = 'a'.repeat(190);

describe('a task at Mesos and a record that cannot be read', () => {
  const record = taskName('web', 'dc1', '1', 3);
  const long = taskName(LONG, 'dc1', '1', 3);
  const cases = [
    { name: 'are one', id: `${record}.${UID}`, of: record, may: true },
    { name: 'are attempts of one instance', id: `web-dc1-1-0.${UID}`, of: record, may: true },
    { name: 'are of two instances', id: `web-dc1-11-3.${UID}`, of: record, may: false },
    { name: 'are of two jobs', id: `db-dc1-1-3.${UID}`, of: record, may: false },
    {
      name: 'are one, by its sidecar',
      id: sidecarTaskId(`${record}.${UID}`, 'log'),
      of: record,
      may: true,
    },
    { name: 'are not both ours', id: 'web-dc1-1-3', of: record, may: false },
    {
      name: 'have names that were cut',
      id: `${taskName(LONG, 'dc1', '1', 4)}.${UID}`,
      of: long,
      may: true,
    },
    { name: 'of which one has a name that was cut', id: `${record}.${UID}`, of: long, may: false },
  ];

  for (const { name, id, of, may } of cases) {
    it(`${name}: ${may ? 'may be one' : 'are two'}`, () => {
      expect(mayBeOfInstance(id, of)).to.equal(may);
    });
  }
});
