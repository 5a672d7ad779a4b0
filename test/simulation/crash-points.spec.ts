import { expect } from 'chai';
import { FLOWS } from './crash/flows.ts';
import { explore } from './crash/points.ts';

/** Effects of each flow to die at; `npm run simulate -- --crash-points` has all of them. */
const SOME = 2;

describe('a control plane that dies', () => {
  for (const [name, flow] of Object.entries(FLOWS)) {
    it(`before and after effects keeps its promises: ${name}`, async () => {
      const { effects, broken } = await explore(flow, SOME);
      expect(broken).to.equal(undefined);
      expect(effects).to.not.have.length(0);
    }).timeout(60_000);
  }
});
