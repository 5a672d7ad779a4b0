import { TitanError } from '../api/error.ts';
import { MAX_OPERATIONS, MAX_VALUE_BYTES, type Transaction } from './port.ts';

/** The longest key, in UTF-16 units: far above a Kubernetes path, below what LMDB takes. */
export const MAX_KEY_LENGTH = 600;
/** Keys and values of one transaction together, below etcd's default request limit of 1.5 MiB. */
export const MAX_TRANSACTION_BYTES = 1_550_000;

const OPERATION_BYTES = 32;

/** About what a transaction adds to a request: its values, and its keys as often as they are sent. */
function sizeOf({ when, write }: Transaction): number {
  let bytes = 0;
  for (const { key } of when) bytes += 2 * key.length + 2 * OPERATION_BYTES;
  for (const operation of write) {
    bytes += operation.key.length + OPERATION_BYTES;
    if (operation.do === 'put') bytes += operation.value.length;
  }
  return bytes;
}

/**
 * @returns about how many bytes the transaction adds to a request
 * @throws TitanError when it breaks a limit that every store has
 */
export function checkTransaction(transaction: Transaction): number {
  const { when, write } = transaction;
  const operations = Math.max(when.length, write.length);
  if (operations > MAX_OPERATIONS) {
    throw tooLarge(`a transaction of ${operations} operations`, MAX_OPERATIONS, 'operations');
  }
  checkDistinct(write);
  for (const operation of write) {
    checkKey(operation.key);
    if (operation.do === 'put' && operation.value.length > MAX_VALUE_BYTES) {
      const bytes = operation.value.length;
      throw tooLarge(`${operation.key} with ${bytes} bytes`, MAX_VALUE_BYTES, 'bytes');
    }
  }
  for (const { key } of when) checkKey(key);
  const bytes = sizeOf(transaction);
  if (bytes > MAX_TRANSACTION_BYTES) {
    throw tooLarge(`a transaction of ${bytes} bytes`, MAX_TRANSACTION_BYTES, 'bytes');
  }
  return bytes;
}

function checkDistinct(write: Transaction['write']): void {
  if (write.length < 2) return;
  const written = new Set<string>();
  for (const { key } of write) {
    if (written.has(key)) throw invalid(`${key} is written twice`);
    written.add(key);
  }
}

function checkKey(key: string): void {
  if (key === '') throw invalid('the key is empty');
  if (key.length > MAX_KEY_LENGTH) throw invalid(`${key} is longer than ${MAX_KEY_LENGTH}`);
}

function invalid(what: string): TitanError {
  return new TitanError('Invalid', `The store refuses the transaction: ${what}`);
}

function tooLarge(what: string, max: number, unit: string): TitanError {
  return new TitanError('RequestEntityTooLarge', `${what} is too large: at most ${max} ${unit}`);
}
