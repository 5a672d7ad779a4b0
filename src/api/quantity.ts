import type { Cause } from './error.ts';

/** Kubernetes' quantity suffixes, as bytes (resource.Quantity: binary and decimal SI). */
const suffixes: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** A size as a job states it: a number in the field's own unit, or a quantity with a suffix. */
export type Size = number | string;

/** Whole MiB, rounded up, of a memory size (a bare number means MiB); `undefined` where it is no size. */
export function memoryToMiB(size: Size): number | undefined {
  return toMiB(size, MIB);
}

/** Whole MiB, rounded up, of a disk size (a bare number means GiB); `undefined` where it is no size. */
export function diskToMiB(size: Size): number | undefined {
  return toMiB(size, GIB);
}

function toMiB(size: Size, unitBytes: number): number | undefined {
  const bytes = typeof size === 'number' ? size * unitBytes : quantityBytes(size, unitBytes);
  if (bytes === undefined || !Number.isFinite(bytes) || bytes < 0) return undefined;
  const mebibytes = Math.ceil(bytes / MIB);
  return Number.isSafeInteger(mebibytes) ? mebibytes : undefined;
}

function quantityBytes(text: string, unitBytes: number): number | undefined {
  const match = /^(?<number>\d+(\.\d+)?)(?<suffix>[A-Za-z]{0,2})$/.exec(text);
  const { number, suffix } = match?.groups ?? {};
  if (number === undefined || suffix === undefined) return undefined;
  const factor = suffix === '' ? unitBytes : suffixes[suffix];
  return factor === undefined ? undefined : Number(number) * factor;
}

/** What a person is told of a size that is none. */
export function sizeFaults(
  field: string,
  size: Size,
  read: (size: Size) => number | undefined,
  wanted: string,
): readonly Cause[] {
  if (read(size) !== undefined) return [];
  const message = `Invalid value: ${JSON.stringify(size)}: expected a size in ${wanted}`;
  return [{ reason: 'FieldValueInvalid', field, message }];
}
