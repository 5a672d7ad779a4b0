/** What a schema cannot say about the programs of a job: every fault, with its field. */
import type { Cause } from './error.ts';
import type { Job } from './kinds.gen.ts';
import { portNumberOf } from './port-name.ts';
import { diskToMiB, memoryToMiB } from './quantity.ts';

type Spec = Job['spec'];
type Container = NonNullable<Spec['container']>;
type Sidecar = NonNullable<Spec['sidecars']>[number];
type Program = Pick<Container, 'env' | 'volumeMounts' | 'livenessProbe' | 'readinessProbe'>;

/** Names that a job asks for by fields of their own. */
const NAMED_RESOURCES = new Set(['cpus', 'mem', 'disk', 'ports', 'gpus']);
const OWN_LABELS = /^titan\.dev\//;

export function programFaults(spec: Spec): readonly Cause[] {
  const { container = {}, sidecars = [] } = spec;
  return [
    ...volumeFaults(spec),
    ...claimFaults(spec),
    ...portNameFaults(spec),
    ...nameFaults(spec),
    ...runtimeFaults(spec),
    ...faultsOf(container, 'spec.container', spec),
    ...preStopFaults(container, spec),
    ...sidecars.flatMap((sidecar, index) => sidecarFaults(sidecar, index, spec)),
  ];
}

function volumeFaults({ volumes = [] }: Spec): readonly Cause[] {
  return volumes.flatMap(({ emptyDir, hostPath, claim }, index) => {
    const given = [emptyDir, hostPath, claim].filter((kind) => kind !== undefined).length;
    return given === 1
      ? []
      : [invalid(`spec.volumes[${index}]`, given, 'give one of emptyDir, hostPath and claim')];
  });
}

/** Mesos gives a persistent volume to one task, and each claim must be mounted to be of any use. */
function claimFaults({ volumes = [], container, sidecars = [] }: Spec): readonly Cause[] {
  const mounted = (program: Program, name: string) =>
    (program.volumeMounts ?? []).filter((mount) => mount.name === name).length;
  return volumes.flatMap(({ name, claim }, index) => {
    if (claim === undefined) return [];
    const field = `spec.volumes[${index}].claim`;
    const inMain = mounted(container ?? {}, name);
    const twice = volumes.findIndex((other) => other.claim?.name === claim.name) !== index;
    return [
      ...(inMain === 1
        ? []
        : [invalid(field, claim.name, 'mount it once in spec.container.volumeMounts')]),
      ...(sidecars.some((sidecar) => mounted(sidecar, name) > 0)
        ? [invalid(field, claim.name, 'sidecars cannot mount a Volume, only the main program can')]
        : []),
      ...(twice ? [invalid(field, claim.name, 'is claimed by another of spec.volumes')] : []),
    ];
  });
}

function portNameFaults({ portNames = [], ports }: Spec): readonly Cause[] {
  const tooMany = portNames.length > ports;
  const message = `there are ${ports} ports (spec.ports) and ${portNames.length} names`;
  return [
    ...(tooMany ? [invalid('spec.portNames', portNames, message)] : []),
    ...portNames.flatMap((name, index) =>
      portNames.indexOf(name) === index
        ? []
        : [invalid(`spec.portNames[${index}]`, name, 'names another port already')],
    ),
  ];
}

function nameFaults(spec: Spec): readonly Cause[] {
  const { taskLabels = {}, extraResources = {}, extraItems = {} } = spec;
  const labels = Object.keys(taskLabels).filter((name) => OWN_LABELS.test(name));
  const resources = Object.keys(extraResources).filter((name) => NAMED_RESOURCES.has(name));
  return [
    ...labels.map((name) => invalid('spec.taskLabels', name, 'is a name that Titan sets itself')),
    ...resources.map((name) =>
      invalid('spec.extraResources', name, 'is asked for by a field of its own'),
    ),
    ...Object.keys(extraItems).flatMap((name) => {
      if (NAMED_RESOURCES.has(name)) {
        return invalid('spec.extraItems', name, 'is asked for by a field of its own');
      }
      if (!(name in extraResources)) return [];
      return invalid(
        'spec.extraItems',
        name,
        'is an amount in spec.extraResources: give one of both',
      );
    }),
  ];
}

function runtimeFaults({ container, sidecars = [] }: Spec): readonly Cause[] {
  if (container?.runtime !== 'Docker') return [];
  const field = 'spec.container.runtime';
  const bare = container.command !== undefined && container.image === undefined;
  return [
    ...(bare
      ? [invalid(field, 'Docker', 'needs an image: give spec.container.image as well')]
      : []),
    ...(sidecars.length > 0
      ? [invalid(field, 'Docker', 'cannot have sidecars: choose Mesos, or leave them out')]
      : []),
  ];
}

function sidecarFaults(sidecar: Sidecar, index: number, spec: Spec): readonly Cause[] {
  const field = `spec.sidecars[${index}]`;
  const { image, command, memory, disk } = sidecar;
  const runsNothing = image === undefined && command === undefined;
  return [
    ...(runsNothing ? [invalid(field, sidecar.name, 'give image, command or both')] : []),
    ...(memoryToMiB(memory) === undefined
      ? [invalid(`${field}.memory`, memory, 'expected a size in MiB, for example 64 or 64Mi')]
      : []),
    ...(diskToMiB(disk) === undefined
      ? [invalid(`${field}.disk`, disk, 'expected a size in GiB, for example 1 or 100Mi')]
      : []),
    ...faultsOf(sidecar, field, spec),
  ];
}

function faultsOf(program: Program, field: string, spec: Spec): readonly Cause[] {
  const { env = [], volumeMounts = [], livenessProbe, readinessProbe } = program;
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name));
  return [
    ...env.flatMap(({ value, valueFrom }, index) =>
      valueFrom !== undefined && value !== ''
        ? [invalid(`${field}.env[${index}]`, value, 'give one of value and valueFrom')]
        : [],
    ),
    ...volumeMounts.flatMap(({ name }, index) =>
      volumes.has(name)
        ? []
        : [invalid(`${field}.volumeMounts[${index}].name`, name, 'is not among spec.volumes')],
    ),
    ...probeFaults(livenessProbe, `${field}.livenessProbe`, spec),
    ...probeFaults(readinessProbe, `${field}.readinessProbe`, spec),
  ];
}

function preStopFaults({ preStop, runtime }: Container, spec: Spec): readonly Cause[] {
  if (preStop === undefined) return [];
  const { exec, httpGet } = preStop;
  const field = 'spec.container.preStop';
  const given = [exec, httpGet].filter((kind) => kind !== undefined).length;
  const message = 'needs the runtime Mesos: give httpGet, or leave runtime out';
  return [
    ...(given === 1 ? [] : [invalid(field, given, 'give one of exec and httpGet')]),
    ...(exec && runtime === 'Docker' ? [invalid(`${field}.exec`, 'Docker', message)] : []),
    ...portFaults(httpGet?.port, `${field}.httpGet.port`, spec),
  ];
}

/** Both kinds of probe have these. */
interface Probe {
  readonly exec?: unknown;
  readonly httpGet?: { readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
}

function probeFaults(probe: Probe | undefined, field: string, spec: Spec): readonly Cause[] {
  if (probe === undefined) return [];
  const { exec, httpGet, tcpSocket } = probe;
  const given = [exec, httpGet, tcpSocket].filter((kind) => kind !== undefined).length;
  return [
    ...(given === 1 ? [] : [invalid(field, given, 'give one of exec, httpGet and tcpSocket')]),
    ...portFaults(httpGet?.port, `${field}.httpGet.port`, spec),
    ...portFaults(tcpSocket?.port, `${field}.tcpSocket.port`, spec),
  ];
}

function portFaults(port: number | string | undefined, field: string, spec: Spec) {
  if (port === undefined) return [];
  const { portNames = [], ports } = spec;
  const known = portNumberOf(port, { portNames, ports: Array.from({ length: ports }, () => 1) });
  if (known !== undefined) return [];
  const names = [...portNames, ...Array.from({ length: ports }, (_, index) => `PORT${index}`)];
  const choice = names.length > 0 ? names.join(', ') : 'a number, as the job has no ports';
  return [invalid(field, port, `expected a number from 1 to 65535, or one of ${choice}`)];
}

function invalid(field: string, value: unknown, why: string): Cause {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  return { reason: 'FieldValueInvalid', field, message };
}
