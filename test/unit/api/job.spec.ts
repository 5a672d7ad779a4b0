import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { indexOf } from '../../../src/api/batch.ts';
import { isJobDocument, jobFromDocument, validateJob } from '../../../src/api/job.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { taskShape } from '../../../src/api/task-shape.ts';

function aJob(spec: Partial<Job['spec']> = {}, name = 'rocker'): Job {
  return {
    apiVersion: 'titan.dev/v1beta1',
    kind: 'Job',
    metadata: {
      name,
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-22T00:00:00Z',
    },
    spec: {
      applicationName: 'nf-rocker',
      version: '1.06',
      location: 'dc1:20',
      cpus: 4,
      memory: 3200,
      disk: 40,
      ports: 2,
      restartOnFailure: true,
      restartOnSuccess: false,
      ...spec,
    },
  };
}

describe('jobFromDocument', () => {
  it("makes a Job of the design's own document and drops nothing", () => {
    const document = JSON.parse(readFileSync('manifests/rocker.json', 'utf8'));
    expect(isJobDocument(document)).to.equal(true);
    const { name: _, ...spec } = document;
    expect(jobFromDocument(document)).to.deep.equal({
      apiVersion: 'titan.dev/v1beta1',
      kind: 'Job',
      metadata: { name: 'rocker' },
      spec,
    });
  });

  it('takes no Kubernetes resource for one', () => {
    expect(isJobDocument({ apiVersion: 'v1', kind: 'ConfigMap', name: 'x' })).to.equal(false);
    expect(isJobDocument(['name'])).to.equal(false);
    expect(isJobDocument(null)).to.equal(false);
  });
});

describe('taskShape', () => {
  it('works out units, image and the time to stop', () => {
    expect(taskShape(aJob())).to.include({
      image: 'nf-rocker:1.06',
      memoryMiB: 3200,
      diskMiB: 40_960,
      killWaitSeconds: 10,
    });
    expect(taskShape(aJob({ restartOnSuccess: true }))).to.include({ killWaitSeconds: 120 });
  });

  it('runs a bare command without an image, and an image with a command', () => {
    const bare = taskShape(aJob({ container: { command: ['sleep', '60'] } }));
    expect(bare).to.not.have.property('image');
    expect(bare.command).to.deep.equal(['sleep', '60']);
    const both = taskShape(aJob({ container: { image: 'tools:2', command: ['ls'] } }));
    expect(both).to.include({ image: 'tools:2' });
  });
});

describe('indexOf', () => {
  const rows = [
    ['dc1:20,dc2:40', 'dc1', '3', 3],
    ['dc1:20,dc2:40', 'dc2', '3', 23],
    ['dc1:*,dc2:40', 'dc2', '3', undefined],
    ['dc1:20', 'dc9', '3', undefined],
  ] as const;
  for (const [location, domain, slot, index] of rows) {
    it(`makes ${index} of ${slot} in ${domain} of ${location}`, () => {
      expect(indexOf(aJob({ location }), domain, slot)).to.equal(index);
    });
  }

  it('counts the scaled shares, and no services', () => {
    expect(indexOf(aJob({ location: 'dc1:20,dc2:40', replicas: 6 }), 'dc2', '1')).to.equal(3);
    expect(indexOf(aJob({ restartOnSuccess: true }), 'dc1', '3')).to.equal(undefined);
  });
});

describe('validateJob', () => {
  it('finds nothing wrong with a good job', () => {
    expect(validateJob(aJob())).to.deep.equal([]);
  });

  it('names every fault with its field', () => {
    const job = aJob({ location: 'dc1:many', memory: '12Q', disk: -1 }, 'x'.repeat(64));
    expect(validateJob(job).map(({ field }) => field)).to.deep.equal([
      'metadata.name',
      'spec.location',
      'spec.memory',
      'spec.disk',
    ]);
  });

  const times = { initialDelaySeconds: 0, periodSeconds: 10, timeoutSeconds: 1 };
  const mount = { name: 'data', mountPath: 'data', readOnly: false };
  const faults: readonly (readonly [string, Partial<Job['spec']>, string])[] = [
    [
      'an order of giving up where numbers mean something',
      { restartOnSuccess: false, scaleIn: { first: 'Youngest' } },
      'spec.scaleIn.first',
    ],
    [
      'a mount of no volume',
      { container: { volumeMounts: [mount] } },
      'spec.container.volumeMounts[0].name',
    ],
    ['a volume of no kind', { volumes: [{ name: 'data' }] }, 'spec.volumes[0]'],
    [
      'a probe of two kinds',
      {
        container: {
          readinessProbe: { ...times, exec: { command: ['true'] }, tcpSocket: { port: 80 } },
        },
      },
      'spec.container.readinessProbe',
    ],
    [
      'a probe of a port that has no such name',
      { container: { readinessProbe: { ...times, tcpSocket: { port: 'http' } } } },
      'spec.container.readinessProbe.tcpSocket.port',
    ],
    [
      'a probe of a port beyond the last',
      { container: { readinessProbe: { ...times, httpGet: { port: 'PORT2', path: '/' } } } },
      'spec.container.readinessProbe.httpGet.port',
    ],
    ['more names than ports', { portNames: ['a', 'b', 'c'] }, 'spec.portNames'],
    ['a name twice', { portNames: ['a', 'a'] }, 'spec.portNames[1]'],
    ['a label of Titan', { taskLabels: { 'titan.dev/job': 'x' } }, 'spec.taskLabels'],
    ['a runtime limit of nothing', { runtimeLimit: 0 }, 'spec.runtimeLimit'],
    ['a runtime limit beyond all bounds', { runtimeLimit: '11d' }, 'spec.runtimeLimit'],
    ['more completions than instances', { completions: 21 }, 'spec.completions'],
    ['completions of all agents', { location: 'dc1:*', completions: 1 }, 'spec.completions'],
    ['a gang a part of which waits', { gang: {}, parallelism: 2 }, 'spec.parallelism'],
    [
      'a service that expires',
      { restartOnSuccess: true, ttlSecondsAfterFinished: 1 },
      'spec.ttlSecondsAfterFinished',
    ],
    ['cpus as an extra', { extraResources: { cpus: 1 } }, 'spec.extraResources'],
    ['ports as extra items', { extraItems: { ports: 1 } }, 'spec.extraItems'],
    [
      'items that are an amount, too',
      { extraResources: { vlan: 1 }, extraItems: { vlan: 1 } },
      'spec.extraItems',
    ],
    [
      'Docker without an image',
      { container: { runtime: 'Docker', command: ['ls'] } },
      'spec.container.runtime',
    ],
    [
      'a sidecar that runs nothing',
      { sidecars: [{ name: 'a', cpus: 1, memory: 1, disk: 0 }] },
      'spec.sidecars[0]',
    ],
    [
      'a value and where it comes from',
      {
        container: {
          env: [
            {
              name: 'A',
              value: 'x',
              valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } },
            },
          ],
        },
      },
      'spec.container.env[0]',
    ],
  ];
  for (const [name, spec, field] of faults) {
    it(`refuses ${name}`, () => {
      expect(validateJob(aJob(spec)).map((cause) => cause.field)).to.deep.equal([field]);
    });
  }
});
