import { expect } from 'chai';
import { readSchemas } from '../../src/compose/schemas.ts';
import { type BugName, findBug } from './planted/bugs.ts';

/** Some that few seeds find, of each kind; `npm run simulate -- --planted` has all of them. */
const SOME: Readonly<Partial<Record<BugName, readonly string[]>>> = {
  'updates are acknowledged before they are stored': ['I3'],
  'unreachable and unknown count as lost': ['I1'],
  'each subscription asks for a new framework id': ['I10'],
  'offers that nothing needs are not declined': ['I6'],
  'the last update counts, whatever its order': ['I8'],
  'a control plane writes what people want': ['I7'],
  'one more is made than is wanted': ['I2'],
};
const SEEDS_MAX = 40;

describe('a bug that is planted is found:', () => {
  const given = { crds: readSchemas(), checkers: new Map() };

  for (const [name, as] of Object.entries(SOME)) {
    it(name, async () => {
      const { result } = await findBug(name as BugName, SEEDS_MAX, given);
      expect(result?.violation?.invariant).to.be.oneOf(as);
    }).timeout(120_000);
  }
});
