/** Resources in Mesos' JSON and in the words of its messages. */
import type { Resources } from '../../port.ts';
import { ranges, scalar, toThousandths } from '../../resources.ts';
import type { V1Resource } from '../../v1.ts';

interface Shown {
  /** Frameworks without RESERVATION_REFINEMENT see a role on each resource. */
  readonly showsRole: boolean;
  readonly allocatedTo?: string;
}

/** In the order that Mesos' allocator gives; what is nothing is left out. */
export function resourcesToWire(resources: Resources, shown: Shown): V1Resource[] {
  return [
    ...(resources.ports.length > 0 ? [ranges('ports', resources.ports)] : []),
    ...(resources.cpus > 0 ? [scalar('cpus', resources.cpus)] : []),
    ...(resources.memoryMiB > 0 ? [scalar('mem', resources.memoryMiB)] : []),
    ...(resources.diskMiB > 0 ? [scalar('disk', resources.diskMiB)] : []),
  ].map((resource) => ({
    ...resource,
    ...(shown.showsRole ? { role: '*' } : {}),
    ...(shown.allocatedTo === undefined ? {} : { allocation_info: { role: shown.allocatedTo } }),
  }));
}

/** As `GET_AGENTS` shows an agent's own: ports last. */
export function agentResourcesToWire(resources: Resources, withRole: boolean): V1Resource[] {
  const all = resourcesToWire(resources, { showsRole: withRole });
  return [...all.filter(({ name }) => name !== 'ports'), ...all.filter(isPorts)];
}

function isPorts({ name }: V1Resource): boolean {
  return name === 'ports';
}

/** `cpus(allocated: *):4; mem(allocated: *):2048`. */
export function resourcesInWords(pieces: readonly V1Resource[], role: string): string {
  return pieces
    .map((piece) => {
      const reserved = reservationInWords(piece);
      return `${piece.name}(allocated: ${role})${reserved}:${amountInWords(piece)}`;
    })
    .join('; ');
}

function reservationInWords({ role, reservation }: V1Resource): string {
  if (role === undefined || role === '*') return '';
  return `(reservations: [(${reservation ? 'DYNAMIC' : 'STATIC'},${role})])`;
}

export function amountInWords(piece: V1Resource): string {
  if (piece.scalar) return String(toThousandths(piece.scalar.value));
  const spans = (piece.ranges?.range ?? []).map(({ begin, end }) => `${begin}-${end}`);
  return `[${spans.join(', ')}]`;
}
