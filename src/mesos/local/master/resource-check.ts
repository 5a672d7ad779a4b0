/** Whether resources in a call make sense by themselves, and why not in Mesos' own words. */
import type { V1Resource } from '../../v1.ts';
import { readPiece } from '../resources/wire.ts';
import { pieceInWords } from '../resources/words.ts';

const amounts = ['scalar', 'ranges', 'set'] as const;
const mostUnits = Number.MAX_SAFE_INTEGER / 1000;

/** The first fault among resources of which some amount is asked. */
export function findResourceFault(resources: readonly V1Resource[]): string | undefined {
  for (const resource of resources) {
    const fault = findAmountFault(resource) ?? findTraitFault(resource);
    if (fault !== undefined) {
      return `Resource '${pieceInWords(readPiece(resource))}' is invalid: ${fault}`;
    }
  }
  return undefined;
}

function findAmountFault(resource: V1Resource): string | undefined {
  const kind = resource.type.toLowerCase();
  const wanted = amounts.find((amount) => amount === kind);
  if (resource.name === '') return 'Empty resource name';
  if (!wanted) return 'Unsupported resource type';
  const given = amounts.filter((amount) => resource[amount] !== undefined);
  if (given.length !== 1 || given[0] !== wanted) return `Invalid ${wanted} resource`;
  if (resource.scalar) return findScalarFault(resource.scalar.value);
  const range = resource.ranges?.range ?? [];
  if (range.some(({ begin, end }) => begin > end)) return 'Invalid ranges resource: begin > end';
  const items = resource.set?.item ?? [];
  return new Set(items).size < items.length
    ? 'Invalid set resource: duplicate elements'
    : undefined;
}

function findScalarFault(value: number): string | undefined {
  if (Math.round(value * 1000) <= 0) return 'Invalid scalar resource: value <= 0';
  return value > mostUnits ? 'Invalid scalar resource: value is too large' : undefined;
}

function findTraitFault({ name, disk, role, reservation, reservations = [], shared }: V1Resource) {
  if (disk && name !== 'disk') return `DiskInfo should not be set for ${name} resource`;
  if (shared && !disk?.persistence) return 'Only persistent volumes can be shared';
  if (reservation && (role === undefined || role === '*')) {
    return "Invalid reservation: role '*' cannot be dynamically reserved";
  }
  const bad = reservations.find((one) => (one.role ?? '*') === '*' || one.role === '');
  return bad ? "Invalid reservation: role '*' cannot be reserved" : undefined;
}
