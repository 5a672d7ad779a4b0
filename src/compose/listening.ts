import { asTitanError, TitanError } from '../api/error.ts';

/** Starts a server; a port that is taken becomes an error that says what to do about it. */
export async function listening<T>(flag: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (thrown) {
    const error = asTitanError(thrown);
    if (!error.message.includes('EADDRINUSE')) throw error;
    const address = /[\d.]+:\d+$/.exec(error.message)?.[0] ?? 'the address';
    const message = `${address} is taken by another program: choose another with ${flag}`;
    throw new TitanError('Conflict', message, { cause: thrown });
  }
}
