import { seedsKeepPromises } from './half.ts';

describe('a fault domain in storms, the second half', () => {
  seedsKeepPromises(1);
});
