import { expect } from 'chai';
import { readSchemas } from '../../src/compose/schemas.ts';
import { BUGS, type BugName, findBug } from './planted/bugs.ts';

/** Some of them that a promise of another kind would show only by accident. */
const AS: Readonly<Partial<Record<BugName, string>>> = {
  'updates are acknowledged before they are stored': 'I3',
  'unreachable and unknown count as lost': 'I1',
  'each subscription asks for a new framework id': 'I10',
  'offers that nothing needs are not declined': 'I6',
  'the last update counts, whatever its order': 'I8',
  'a control plane writes what people want': 'I7',
  'one more is made than is wanted': 'I2',
};
/** Few seeds find each of them today: `npm run simulate -- --planted` says which. */
const SEEDS_MAX = 40;

describe('a bug that is planted is found:', () => {
  const given = { crds: readSchemas(), checkers: new Map() };

  for (const name of Object.keys(BUGS) as BugName[]) {
    it(name, async () => {
      const { result } = await findBug(name, SEEDS_MAX, given);
      const found = result?.violation?.invariant;
      expect(found).to.not.equal(undefined);
      expect(found).to.equal(AS[name] ?? found);
    }).timeout(240_000);
  }
});
