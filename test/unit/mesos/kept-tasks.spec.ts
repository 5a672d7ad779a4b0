import { expect } from 'chai';
import { Tasks } from '../../../src/mesos/local/agent/tasks.ts';
import { memoryVault } from '../../../src/mesos/local/vault.ts';
import { aWorld } from '../../support/clock.ts';

describe('the tasks that an agent writes down', () => {
  const host = { ...aWorld(), send: () => undefined, done: () => undefined };
  const order = (id: string) => ({ frameworkId: 'f', task: { task_id: { value: id } } }) as never;

  it('are there in its next life, but for one whose launch it did not come to; nothing stays of what is forgotten', () => {
    const vault = memoryVault();
    const before = new Tasks(vault, vault.load(), host);
    const [kept, forgotten] = ['kept', 'forgotten'].map((id) => before.make(order(id), undefined));
    for (const task of before.all()) before.save(task);
    before.make(order('not begun'), undefined);
    if (forgotten !== undefined) before.forget(forgotten);

    const after = new Tasks(vault, vault.load(), host);
    after.recover(() => ({ keptRun: () => undefined }) as never);
    expect(after.all().map((task) => task.kept())).to.deep.equal([kept?.kept()]);
    expect([...vault.load().keys()]).to.deep.equal(['order f kept', 'task f kept']);
  });
});
