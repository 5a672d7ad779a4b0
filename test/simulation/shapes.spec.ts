import { expect } from 'chai';
import { SECRET } from '../../src/api/builtin.ts';
import { JOB } from '../../src/api/kinds.gen.ts';
import { aSimWorld, type Place } from './world.ts';

const WEB = { namespace: 'default', name: 'web' };
const sidecars = [{ name: 'proxy', image: 'proxy:1', cpus: 0.5, memory: 64, disk: 0 }];

async function aPlace() {
  const world = await aSimWorld({ agents: 1 });
  const [place] = world.places as readonly [Place];
  return { ...world, place };
}

describe('the shapes of a task', () => {
  it('wait for the Secrets that they name, say which, and then start', async () => {
    const { place, clock, wait } = await aPlace();
    const valueFrom = { secretKeyRef: { name: 'db', key: 'password', optional: false } };
    const env = [{ name: 'PASSWORD', value: '', valueFrom }];
    await wait(place.apply({ location: 'dc1:1', container: { env } }));
    await clock.advance(10_000);
    const waiting = await place.client.get(JOB, WEB);
    const progressing = waiting.status?.conditions?.find(({ type }) => type === 'Progressing');
    expect(progressing).to.include({ reason: 'SecretMissing' });
    expect(progressing?.message).to.include('there is no Secret default/db: create it');
    expect(place.running()).to.deep.equal([]);
    const data = { password: Buffer.from('s3cret').toString('base64') };
    const metadata = { name: 'db', namespace: 'default' };
    await wait(place.client.create(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata, data }));
    await clock.advance(10_000);
    expect(await place.lines()).to.deep.equal(['0#0 Running']);
    expect(JSON.stringify(await place.tasks())).to.not.include('s3cret');
  });

  it('are left as they are while a Secret of the new version is missing, and the job says so', async () => {
    const { place, clock, wait } = await aPlace();
    await wait(place.apply({ location: 'dc1:1' }));
    await clock.advance(10_000);
    const before = place.running();
    const valueFrom = { secretKeyRef: { name: 'db', key: 'password', optional: false } };
    const container = { env: [{ name: 'PASSWORD', value: '', valueFrom }] };
    const job = await place.client.get(JOB, WEB);
    await wait(place.client.update(JOB, { ...job, spec: { ...job.spec, container } }));
    await clock.advance(30_000);
    expect(place.running()).to.deep.equal(before);
    const { conditions } = (await place.client.get(JOB, WEB)).status ?? {};
    const progressing = conditions?.find(({ type }) => type === 'Progressing');
    expect(progressing?.message).to.include(
      'the new version waits for a Secret: there is no Secret default/db: create it',
    );
    const data = { password: Buffer.from('s3cret').toString('base64') };
    const metadata = { name: 'db', namespace: 'default' };
    await wait(place.client.create(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata, data }));
    await clock.advance(20_000);
    expect(place.running()).to.have.length(1);
    expect(place.running()).not.to.deep.equal(before);
  });

  it('have sidecars, which the task tells of, and which end with it', async () => {
    const { place, clock, wait } = await aPlace();
    await wait(place.apply({ location: 'dc1:1', sidecars }));
    await clock.advance(10_000);
    const [task] = await place.tasks();
    expect(task?.status).to.include({ phase: 'Running' });
    expect(task?.status?.sidecars).to.deep.equal([{ name: 'proxy', phase: 'Running' }]);
    expect(task?.spec.cpus).to.equal(1.6);
    expect(place.running()).to.have.length(2);
    await wait(place.client.delete(JOB, WEB));
    await clock.advance(30_000);
    expect([place.running(), await place.tasks()]).to.deep.equal([[], []]);
  });

  it('end their sidecars when the program has ended well', async () => {
    const { place, clock, wait } = await aPlace();
    await wait(place.apply({ location: 'dc1:1', restartOnSuccess: false, sidecars }));
    await clock.advance(10_000);
    const main = place.running().find((id) => !id.endsWith('.proxy')) ?? '';
    for (const machine of place.machines.machines) {
      machine.endTask(main, { how: 'exited', code: 0 });
    }
    await clock.advance(30_000);
    expect(await place.lines({ ended: true })).to.deep.equal(['0#0 Succeeded']);
    expect(place.running()).to.deep.equal([]);
    const strays = (await place.events()).filter((event) => event.includes('StrayTask'));
    expect(strays).to.deep.equal([]);
  });

  it('are taken for a failure of the program when a sidecar fails, and replaced', async () => {
    const { place, clock, wait } = await aPlace();
    await wait(place.apply({ location: 'dc1:1', sidecars }));
    await clock.advance(10_000);
    const proxy = place.running().find((id) => id.endsWith('.proxy')) ?? '';
    for (const machine of place.machines.machines) {
      machine.endTask(proxy, { how: 'exited', code: 3 });
    }
    await clock.advance(10_000);
    const tasks = await place.tasks();
    const ended = tasks.find(({ spec }) => spec.attempt === 0);
    expect(ended?.status).to.include({
      phase: 'Failed',
      fault: 'Program',
      reason: 'SidecarFailed',
    });
    expect(ended?.status?.message).to.match(/its sidecar proxy failed: .*3/);
    expect(await place.lines()).to.deep.equal(['0#1 Running']);
    expect(place.running()).to.have.length(2);
  });
});
