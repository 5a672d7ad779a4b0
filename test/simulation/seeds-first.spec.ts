import { seedsKeepPromises } from './half.ts';

describe('a fault domain in storms, the first half', () => {
  seedsKeepPromises(0);
});
