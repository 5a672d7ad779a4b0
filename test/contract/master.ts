/** The rules in `src/mesos/port.ts`, run against one implementation over a cluster of one agent. */
import { expect } from 'chai';
import { asTitanError } from '../../src/api/error.ts';
import type { FrameworkInfo, Master, MasterEvent, TaskUpdate } from '../../src/mesos/port.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';
import { aLaunch } from '../support/mesos.ts';

export interface MasterBench {
  readonly clock: VirtualClock;
  readonly master: Master;
  /** Another connection to the same cluster. */
  another(): Master;
  /** Breaks every stream, as a network does. */
  cut(): void;
  stop(): Promise<void>;
}

const titan: FrameworkInfo = {
  name: 'titan',
  user: 'root',
  roles: ['titan'],
  failoverTimeoutMs: 60_000,
};

interface Subscription {
  readonly events: MasterEvent[];
  readonly id: string;
  /** How it ended: `returned`, or the reason of what was thrown; `undefined` while it stands. */
  readonly end: string | undefined;
  readonly updates: readonly TaskUpdate[];
  readonly offerIds: readonly string[];
  abort(): void;
}

export function keepsMasterContract(make: () => Promise<MasterBench>): void {
  describe('keeps the Master contract', () => {
    let bench: MasterBench;
    beforeEach(async () => {
      bench = await make();
    });
    afterEach(() => bench.stop());

    /** Lets time go on until something holds. */
    async function until(holds: () => boolean, what: string): Promise<void> {
      for (let step = 0; step < 600; step++) {
        if (holds()) return;
        await bench.clock.advance(50);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      throw new Error(`It never came to be: ${what}`);
    }

    function subscribe(framework = titan, master = bench.master): Subscription {
      const events: MasterEvent[] = [];
      const controller = new AbortController();
      let end: string | undefined;
      async function read(): Promise<void> {
        for await (const event of master.subscribe(framework, controller.signal))
          events.push(event);
      }
      read().then(
        () => {
          end = 'returned';
        },
        (error) => {
          end = asTitanError(error).reason;
        },
      );
      return {
        events,
        get id() {
          const first = events[0];
          return first?.type === 'subscribed' ? first.frameworkId : '';
        },
        get end() {
          return end;
        },
        get updates() {
          return events.flatMap((event) => (event.type === 'update' ? [event.update] : []));
        },
        get offerIds() {
          return events.flatMap((event) =>
            event.type === 'offers' ? event.offers.map(({ id }) => id) : [],
          );
        },
        abort: () => controller.abort(),
      };
    }

    async function subscribed(framework = titan, master = bench.master): Promise<Subscription> {
      const subscription = subscribe(framework, master);
      await until(() => subscription.offerIds.length > 0, 'offers');
      return subscription;
    }

    /** Launches and acknowledges until the task runs. */
    async function run(
      subscription: Subscription,
      taskId: string,
      labels: Readonly<Record<string, string>> = {},
    ): Promise<void> {
      const offer = subscription.offerIds.at(-1) ?? '';
      await bench.master.accept([offer], [aLaunch(taskId, { labels })]);
      const last = () => subscription.updates.filter((update) => update.taskId === taskId).at(-1);
      await until(() => last()?.state === 'TASK_STARTING', 'starting');
      await bench.master.acknowledge(last() as TaskUpdate);
      await until(() => last()?.state === 'TASK_RUNNING', 'running');
      await bench.master.acknowledge(last() as TaskUpdate);
    }

    it('yields subscribed first, with an id to keep', async () => {
      const subscription = await subscribed();
      expect(subscription.events[0]).to.include({ type: 'subscribed', heartbeatMs: 15_000 });
      expect(subscription.id).to.match(/-0000$/);
      await until(
        () => subscription.events.filter(({ type }) => type === 'heartbeat').length > 1,
        'heartbeats',
      );
    });

    it('returns when it is told to stop', async () => {
      const subscription = await subscribed();
      subscription.abort();
      await until(() => subscription.end !== undefined, 'the end');
      expect(subscription.end).to.equal('returned');
    });

    it('throws ServiceUnavailable when the stream is lost', async () => {
      const subscription = await subscribed();
      bench.cut();
      await until(() => subscription.end !== undefined, 'the end');
      expect(subscription.end).to.equal('ServiceUnavailable');
    });

    it('throws ServiceUnavailable for a call without a subscription', async () => {
      const thrown = await bench.master.revive().catch(asTitanError);
      expect(thrown).to.include({ reason: 'ServiceUnavailable', retryable: true });
    });

    it('yields an error and ends where the framework was removed for good', async () => {
      const first = await subscribed();
      await bench.master.teardown();
      await until(() => first.end !== undefined, 'the end of the torn down');
      expect(first.end).to.equal('returned');
      const again = subscribe({ ...titan, id: first.id });
      await until(() => again.end !== undefined, 'the end of the refused');
      expect(again.events).to.deep.equal([
        { type: 'error', message: 'Framework has been removed' },
      ]);
      expect(again.end).to.equal('returned');
    });

    it('tells the older of two connections that the newer took over', async () => {
      const older = await subscribed();
      const newer = subscribe({ ...titan, id: older.id }, bench.another());
      await until(() => newer.id !== '' && older.end !== undefined, 'the takeover');
      expect(newer.id).to.equal(older.id);
      expect(older.events.at(-1)).to.deep.equal({
        type: 'error',
        message: 'Framework failed over',
      });
    });

    it('sends an update again, with the same uuid, until it is acknowledged', async () => {
      const subscription = await subscribed();
      await bench.master.accept([subscription.offerIds[0] ?? ''], [aLaunch('t')]);
      await until(() => subscription.updates.length === 2, 'the resent update');
      const [first, second] = subscription.updates;
      expect(first).to.include({ taskId: 't', state: 'TASK_STARTING', source: 'SOURCE_EXECUTOR' });
      expect(second?.uuid).to.be.a('string').and.equal(first?.uuid);
      await bench.master.acknowledge(first as TaskUpdate);
      await until(() => subscription.updates.length === 3, 'the next update');
      expect(subscription.updates[2]).to.include({ state: 'TASK_RUNNING' });
    });

    it('drops a task launched on an offer that is spent', async () => {
      const subscription = await subscribed();
      const [offer = ''] = subscription.offerIds;
      await bench.master.decline([offer], 0);
      await bench.master.accept([offer], [aLaunch('late')]);
      await until(() => subscription.updates.length > 0, 'the update');
      const [update] = subscription.updates;
      expect(update).to.include({ state: 'TASK_DROPPED', reason: 'REASON_INVALID_OFFERS' });
      expect(update).not.to.have.property('uuid');
    });

    it('gives back what the launches leave of an offer', async () => {
      const subscription = await subscribed();
      await run(subscription, 'small');
      await until(() => subscription.offerIds.length > 1, 'the rest');
      const event = subscription.events.findLast(({ type }) => type === 'offers');
      const rest = event?.type === 'offers' ? event.offers[0]?.resources : undefined;
      expect(rest).to.deep.include({ cpus: 3.9, memoryMiB: 2016 });
    });

    it('kills with grace, and says so', async () => {
      const subscription = await subscribed();
      await run(subscription, 'victim');
      await bench.master.kill({ taskId: 'victim' }, 1_000);
      const states = () => subscription.updates.map(({ state }) => state);
      await until(() => states().includes('TASK_KILLING'), 'killing');
      await bench.master.acknowledge(subscription.updates.at(-1) as TaskUpdate);
      await until(() => states().includes('TASK_KILLED'), 'killed');
      expect(subscription.updates.at(-1)?.message).to.equal(
        'Command terminated with signal Terminated',
      );
    });

    it('answers a kill of a task that nobody knows', async () => {
      const subscription = await subscribed();
      await bench.master.kill({ taskId: 'nobody' }, 1_000);
      await until(() => subscription.updates.length > 0, 'the answer');
      expect(subscription.updates[0]).to.include({
        state: 'TASK_UNKNOWN',
        reason: 'REASON_RECONCILIATION',
      });
    });

    it('reconciles what is asked for, and all when nothing is', async () => {
      const subscription = await subscribed();
      await run(subscription, 'known');
      await bench.master.reconcile([{ taskId: 'known' }, { taskId: 'unknown' }]);
      const answers = () =>
        subscription.updates
          .filter(({ reason }) => reason === 'REASON_RECONCILIATION')
          .map(({ taskId, state }) => `${taskId} ${state}`);
      await until(() => answers().length === 2, 'explicit answers');
      expect(answers()).to.have.members(['known TASK_RUNNING', 'unknown TASK_UNKNOWN']);
      await bench.master.reconcile([]);
      await until(() => answers().length === 3, 'implicit answers');
      expect(answers()[2]).to.equal('known TASK_RUNNING');
    });

    it('offers nothing while suppressed, and again once revived', async () => {
      const subscription = await subscribed();
      await bench.master.suppress();
      await bench.master.decline(subscription.offerIds, 3_600_000);
      await bench.clock.advance(10_000);
      expect(subscription.offerIds).to.have.length(1);
      await bench.master.revive();
      await until(() => subscription.offerIds.length === 2, 'an offer after revive');
    });

    it('lists the tasks of the framework that have not ended, with their labels', async () => {
      const subscription = await subscribed();
      await run(subscription, 'listed', { 'titan.dev/job': 'web' });
      const [task, ...others] = await bench.master.tasks();
      expect(others).to.deep.equal([]);
      expect(task).to.deep.include({ taskId: 'listed', state: 'TASK_RUNNING' });
      expect(task?.labels).to.deep.equal({ 'titan.dev/job': 'web' });
    });

    it('lists the agents', async () => {
      const agents = await bench.master.agents();
      expect(agents).to.have.length(1);
      expect(agents[0]).to.deep.include({
        hostname: 'localhost',
        port: 5051,
        active: true,
        attributes: { rack: 'r1', zone: 'z1' },
        total: {
          cpus: 4,
          memoryMiB: 2048,
          diskMiB: 4096,
          ports: [{ begin: 31000, end: 31100 }],
        },
      });
    });
  });
}
