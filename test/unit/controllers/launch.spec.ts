import { expect } from 'chai';
import { launchOf } from '../../../controllers/placement/launch.ts';
import type { Job, Task } from '../../../src/api/kinds.gen.ts';
import { taskShape } from '../../../src/api/task-shape.ts';
import { aJob, aTask } from '../../support/builders.ts';

const home = { name: 'dc1', region: 'us-east-1' };
const times = { initialDelaySeconds: 1, periodSeconds: 2, timeoutSeconds: 3 };

/** A task of the job, bound with two ports. */
function taskOf(spec: Partial<Job['spec']>): Task {
  const task = aTask('0#0 Staging');
  const shape = taskShape(aJob({ ports: 2, portNames: ['http', 'admin'], ...spec }));
  const status = { ...task.status, ports: [31_001, 31_002], mesosTaskId: 'web.uid' };
  return { ...task, spec: { ...task.spec, ...shape }, status };
}

describe('launchOf', () => {
  it('finds the ports of probes by name, by place and by number', () => {
    const health = { ...times, failureThreshold: 4, gracePeriodSeconds: 5 };
    const named = launchOf(
      taskOf({
        container: {
          livenessProbe: { ...health, httpGet: { port: 'admin', path: '/up', scheme: 'HTTPS' } },
          readinessProbe: { ...times, tcpSocket: { port: 'PORT0' } },
        },
      }),
      home,
    );
    expect(named.health).to.deep.equal({
      probe: { type: 'http', port: 31_002, path: '/up', scheme: 'https' },
      delayMs: 1_000,
      intervalMs: 2_000,
      timeoutMs: 3_000,
      failures: 4,
      graceMs: 5_000,
    });
    expect(named.readiness?.probe).to.deep.equal({ type: 'tcp', port: 31_001 });
    const container = { readinessProbe: { ...times, httpGet: { port: 8_080, path: '/' } } };
    const { readiness } = launchOf(taskOf({ container }), home);
    expect(readiness?.probe).to.deep.equal({
      type: 'http',
      port: 8_080,
      path: '/',
      scheme: 'http',
    });
  });

  it('mounts what the volumes say, and hands sidecars and the main program their own sizes', () => {
    const mount = (name: string) => [{ name, mountPath: name, readOnly: false }];
    const launch = launchOf(
      taskOf({
        cpus: 2,
        memory: 512,
        disk: 1,
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'certs', hostPath: { path: '/etc/certs' } },
        ],
        container: { volumeMounts: mount('data') },
        sidecars: [
          {
            name: 'proxy',
            image: 'proxy:2',
            cpus: 0.25,
            memory: 128,
            disk: '100Mi',
            volumeMounts: mount('certs'),
          },
        ],
      }),
      home,
    );
    expect(launch).to.include({ cpus: 2, memoryMiB: 512, diskMiB: 1024 });
    expect(launch.mounts?.[0]?.from).to.deep.equal({ type: 'shared', name: 'data' });
    const [proxy] = launch.sidecars ?? [];
    expect(proxy).to.include({
      taskId: 'web.uid.proxy',
      cpus: 0.25,
      memoryMiB: 128,
      diskMiB: 100,
      image: 'proxy:2',
    });
    expect(proxy?.mounts?.[0]?.from).to.deep.equal({ type: 'host', path: '/etc/certs' });
    expect(proxy?.environment).to.include({ TITAN_JOB: 'web', TITAN_DOMAIN: 'dc1' });
  });

  it('counts the sidecars and their executor in what the task needs', () => {
    const sidecars = [{ name: 'a', image: 'a:1', cpus: 0.3, memory: 64, disk: 0 }];
    expect(taskShape(aJob({ cpus: 0.7, memory: 100, disk: 0, sidecars }))).to.include({
      cpus: 1.1,
      memoryMiB: 196,
      diskMiB: 32,
    });
  });

  it('fills in values of Secrets, and leaves out what is optional and missing', () => {
    const ref = (name: string, optional = false) => ({
      name: name.toUpperCase(),
      value: '',
      valueFrom: { secretKeyRef: { name: 'db', key: name, optional } },
    });
    const task = taskOf({ container: { env: [ref('password'), ref('extra', true)] } });
    const secrets = {
      valueFor: (_task: Task, { key }: { key: string }) =>
        key === 'password' ? 's3cret' : undefined,
    };
    const { environment } = launchOf(task, home, { secrets });
    expect(environment).to.include({ PASSWORD: 's3cret' });
    expect(environment).to.not.have.property('EXTRA');
    expect(JSON.stringify(task)).to.not.include('s3cret');
  });

  it('tells a task which slots of named resource sets are its own', () => {
    const task = taskOf({});
    const share = { set: 'fast-eni', value: 'red', count: 1 };
    const resourceSets = [0, 2].map((slot) => ({ ...share, slot }));
    const bound = { ...task, status: { ...task.status, resourceSets } } as Task;
    const { labels, environment } = launchOf(bound, home);
    expect(labels).to.include({ 'titan.dev/set-fast-eni': '0,2' });
    expect(environment).to.include({ TITAN_SET_FAST_ENI: '0,2' });
  });

  it('gives a task the values and items that are its own, and tells it which', () => {
    const task = taskOf({});
    const extraItems = [
      { name: 'soft-licence', items: ['a', 'c'] },
      { name: 'vlan', numbers: [7] },
    ];
    const bound = { ...task, status: { ...task.status, extraItems } } as Task;
    const { items, environment } = launchOf(bound, home);
    expect(items).to.deep.equal({
      'soft-licence': { type: 'set', items: ['a', 'c'] },
      vlan: { type: 'ranges', ranges: [{ begin: 7, end: 7 }] },
    });
    expect(environment).to.include({ TITAN_ITEMS_SOFT_LICENCE: 'a,c', TITAN_ITEMS_VLAN: '7' });
  });

  it('passes labels, files, user, other resources and discovery on', () => {
    const file = { uri: '/opt/model.tgz', executable: false, extract: true, cache: true };
    const launch = launchOf(
      taskOf({
        container: { user: 'nobody', files: [file], runtime: 'Docker', image: 'web:9' },
        taskLabels: { team: 'a' },
        gpus: 2,
        extraResources: { bandwidth: 100 },
        discovery: { visibility: 'External', protocol: 'udp' },
      }),
      home,
    );
    expect(launch).to.include({ user: 'nobody', runtime: 'Docker', image: 'web:9' });
    expect(launch.files).to.deep.equal([file]);
    expect(launch.labels).to.include({ team: 'a', 'titan.dev/job': 'web' });
    expect(launch.others).to.deep.equal({ gpus: 2, bandwidth: 100 });
    expect(launch.discovery).to.deep.equal({
      name: 'web',
      visibility: 'External',
      ports: [
        { number: 31_001, name: 'http', protocol: 'udp' },
        { number: 31_002, name: 'admin', protocol: 'udp' },
      ],
    });
  });
});
