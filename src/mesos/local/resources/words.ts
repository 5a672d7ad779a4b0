/** Resources in the words of Mesos' messages. */
import type { Bag, Piece, Reservation } from './bag.ts';

/** `cpus(allocated: *):4; mem(allocated: *):2048`. */
export function bagInWords(bag: Bag, role?: string): string {
  return bag.map((piece) => pieceInWords(piece, role)).join('; ');
}

export function pieceInWords(piece: Piece, role?: string): string {
  const { reservations, disk, revocable, shared } = piece.traits;
  const allocated = role === undefined ? '' : `(allocated: ${role})`;
  const stack = reservations.map(reservationInWords).join(',');
  const reserved = reservations.length > 0 ? `(reservations: [${stack}])` : '';
  const path = disk?.volume?.container_path;
  const volume = disk
    ? `[${disk.persistence?.id ?? ''}${path === undefined ? '' : `:${path}`}]`
    : '';
  const flags = `${revocable ? '{REV}' : ''}${shared ? '<SHARED>' : ''}`;
  return `${piece.name}${allocated}${reserved}${volume}${flags}:${amountInWords(piece)}`;
}

function reservationInWords({ type, role, principal, labels }: Reservation): string {
  const said = (labels?.labels ?? []).map(({ key, value }) => `${key}: ${value ?? ''}`).join(', ');
  const parts = [type, role, principal, said === '' ? undefined : `{${said}}`];
  return `(${parts.filter((part) => part !== undefined).join(',')})`;
}

export function amountInWords(piece: Piece): string {
  if (piece.type === 'SCALAR') return String(piece.thousandths / 1000);
  if (piece.type === 'SET') return `{${piece.items.join(', ')}}`;
  return `[${piece.ranges.map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`;
}
