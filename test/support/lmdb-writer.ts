import { systemClock } from '../../src/runtime/clock.ts';
import { lmdbStore } from '../../src/store/lmdb.ts';

// Writes to the embedded store in the folder of the first argument until it is killed, and prints
// each key once its write is said to be durable.
const [path = ''] = process.argv.slice(2);
const store = lmdbStore({ path, clock: systemClock() });

async function writer(name: number): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `/w/${name}/${i}`;
    await store.transact({
      when: [{ key, revision: 0 }],
      write: [{ do: 'put', key, value: Buffer.from(key) }],
    });
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all(Array.from({ length: 50 }, (_, name) => writer(name)));
