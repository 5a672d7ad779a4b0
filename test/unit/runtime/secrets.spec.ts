import { expect } from 'chai';
import { SECRET } from '../../../src/api/builtin.ts';
import type { Task } from '../../../src/api/kinds.gen.ts';
import { readSecrets } from '../../../src/runtime/secrets.ts';
import { aTask } from '../../support/builders.ts';
import { aRegistry, type TestRegistry } from '../../support/registry.ts';

function taskWith(name: string, key: string, optional = false): Task {
  const task = aTask('0#0 Pending');
  const valueFrom = { secretKeyRef: { name, key, optional } };
  return { ...task, spec: { ...task.spec, env: [{ name: 'A', value: '', valueFrom }] } };
}

describe('the Secrets that tasks name', () => {
  let test: TestRegistry;
  before(async () => {
    test = await aRegistry();
    const data = { password: Buffer.from('sésame').toString('base64') };
    await test.client.create(SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'default' },
      data,
    });
  });
  after(() => test.stop());

  const cases = [
    { name: 'has the value of a key', task: taskWith('db', 'password'), value: 'sésame' },
    {
      name: 'names the Secret that is missing',
      task: taskWith('api', 'token'),
      missing: 'there is no Secret default/api: create it with the key token',
    },
    {
      name: 'names the key that is missing',
      task: taskWith('db', 'token'),
      missing: 'the Secret default/db has no key token: add it',
    },
    { name: 'lets what is optional be missing', task: taskWith('api', 'token', true) },
  ];
  for (const { name, task, value, missing } of cases) {
    it(name, async () => {
      const secrets = await readSecrets(test.client, [task]);
      const ref = task.spec.env?.[0]?.valueFrom?.secretKeyRef;
      expect(secrets.missing(task)).to.equal(missing);
      expect(ref && secrets.valueFor(task, ref)).to.equal(value);
    });
  }
});
