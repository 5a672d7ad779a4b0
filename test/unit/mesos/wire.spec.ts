import { expect } from 'chai';
import { toAgents } from '../../../src/mesos/wire.ts';
import { toOffer, toUpdate } from '../../../src/mesos/wire-event.ts';
import { toTask } from '../../../src/mesos/wire-task.ts';
import { aLaunch } from '../../support/mesos.ts';

const reserved = { reservations: [{ type: 'STATIC', role: 'titan' }] };
const offered = [
  { name: 'cpus', type: 'SCALAR', scalar: { value: 2 }, ...reserved },
  { name: 'cpus', type: 'SCALAR', scalar: { value: 4 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 1024 } },
  { name: 'disk', type: 'SCALAR', scalar: { value: 512 }, disk: { persistence: { id: 'v' } } },
  { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 31009 }] } },
];

describe('the wire', () => {
  it('sums what an offer plainly holds, reserved or not, and leaves volumes out', () => {
    const ids = { id: { value: 'o' }, framework_id: { value: 'f' }, agent_id: { value: 'a' } };
    expect(toOffer({ ...ids, hostname: 'h', resources: offered }).resources).to.deep.equal({
      cpus: 6,
      memoryMiB: 1024,
      diskMiB: 0,
      ports: [{ begin: 31000, end: 31009 }],
    });
  });

  it('cuts tasks out of reserved capacity first, and never out of the same piece twice', () => {
    const place = { agentId: 'a', pieces: [...offered] };
    const cpus = (taskId: string) =>
      (toTask(aLaunch(taskId, { cpus: 1.5 }), place).resources ?? [])
        .filter(({ name }) => name === 'cpus')
        .map(
          ({ scalar, reservations }) => `${scalar?.value} ${reservations ? 'reserved' : 'plain'}`,
        );
    expect(cpus('first')).to.deep.equal(['1.5 reserved']);
    expect(cpus('second')).to.deep.equal(['0.5 reserved', '1 plain']);
    expect(cpus('third')).to.deep.equal(['1.5 plain']);
  });

  it('counts of agents what is for nobody, for a role of ours or for one above it', () => {
    const cpus = (value: number) => ({ name: 'cpus', type: 'SCALAR' as const, scalar: { value } });
    const resources = [
      cpus(1),
      { ...cpus(2), role: '*' },
      { ...cpus(4), role: 'titan' },
      { ...cpus(8), reservations: [{ type: 'STATIC' as const, role: 'eng' }] },
      { ...cpus(16), reservations: [{ type: 'STATIC' as const, role: 'other' }] },
    ];
    const agent_info = { id: { value: 'a' }, hostname: 'h', resources };
    const answer = { get_agents: { agents: [{ active: true, agent_info }] } };
    const cpusFor = (roles?: readonly string[]) => toAgents(answer, roles)[0]?.total.cpus;
    expect(cpusFor(['titan'])).to.equal(7);
    expect(cpusFor(['eng/web'])).to.equal(11);
    expect(cpusFor()).to.equal(31);
  });

  it('writes a task as a real Mesos takes it', () => {
    const task = toTask(
      aLaunch('t', {
        image: 'nf-rocker:1.06',
        command: ['run', '--fast'],
        ports: [31003, 31004, 31007],
        environment: { COLOUR: 'red' },
        killGraceMs: 2_500,
        labels: { job: 'rocker' },
      }),
      { agentId: 'agent-1', pieces: [...offered] },
    );
    expect(task).to.deep.include({
      agent_id: { value: 'agent-1' },
      container: {
        type: 'MESOS',
        mesos: { image: { type: 'DOCKER', docker: { name: 'nf-rocker:1.06' } } },
      },
      kill_policy: { grace_period: { nanoseconds: 2_500_000_000 } },
      labels: { labels: [{ key: 'job', value: 'rocker' }] },
    });
    expect(task.command).to.deep.include({
      shell: false,
      value: 'run',
      arguments: ['run', '--fast'],
    });
    const variables = task.command?.environment?.variables ?? [];
    expect(variables.map(({ name, value }) => `${name}=${value}`)).to.deep.equal([
      'PORT0=31003',
      'PORT1=31004',
      'PORT2=31007',
      'COLOUR=red',
    ]);
    expect(task.resources?.at(-1)?.ranges).to.deep.equal({
      range: [
        { begin: 31003, end: 31004 },
        { begin: 31007, end: 31007 },
      ],
    });
  });

  it('has Docker make the container where it is told to', () => {
    const mounts = [
      { path: '/data', readOnly: true, from: { type: 'host', path: '/srv' } as const },
    ];
    const launch = aLaunch('t', { image: 'app:1', runtime: 'Docker', mounts });
    expect(toTask(launch, { agentId: 'a', pieces: [] }).container).to.deep.equal({
      type: 'DOCKER',
      docker: { image: 'app:1', network: 'HOST' },
      volumes: [
        {
          mode: 'RO',
          container_path: '/data',
          source: { type: 'HOST_PATH', host_path: { path: '/srv' } },
        },
      ],
    });
  });

  it('leaves the command to the image where there is none', () => {
    const { command: _none, ...launch } = aLaunch('t', { image: 'app:1' });
    expect(toTask(launch, { agentId: 'a', pieces: [] }).command).to.not.have.property('value');
  });

  it('takes a state that it does not know for unknown', () => {
    const status = { task_id: { value: 't' }, state: 'TASK_DANCING', timestamp: 1.5 };
    expect(toUpdate(status)).to.deep.equal({ taskId: 't', state: 'TASK_UNKNOWN', at: 1_500 });
  });
});
