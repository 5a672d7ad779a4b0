import type { Random } from '../../runtime/port.ts';

/** Of the 32 hexadecimal digits of a UUID, those that count the requests. */
const COUNT_DIGITS = 12;

/**
 * Names requests, each by another UUID: it begins at random for each server, and ends in a count, since all of
 * it at random costs far more.
 */
export function createAuditIds(random: Pick<Random, 'uuid'>): () => string {
  const beginning = random.uuid().slice(0, -COUNT_DIGITS);
  let count = 0;
  return () => {
    count += 1;
    return beginning + count.toString(16).padStart(COUNT_DIGITS, '0');
  };
}
