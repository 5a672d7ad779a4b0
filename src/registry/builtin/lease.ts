import type { Kind } from '../../api/kind.ts';
import { AGE, builtIn, count, moment, object, text } from './fields.ts';

export const LEASE: Kind = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

export const lease = builtIn(LEASE, {
  schema: object('Lease says who leads, and until when.', {
    spec: object('Who leads.', {
      holderIdentity: text('Who holds it.'),
      leaseDurationSeconds: count('How long it holds after a renewal.'),
      acquireTime: moment('When it was taken.'),
      renewTime: moment('When it was last renewed.'),
      leaseTransitions: count('How often it changed hands.'),
      strategy: text('How the next holder is chosen.'),
      preferredHolder: text('Who should hold it.'),
    }),
  }),
  columns: [{ name: 'Holder', type: 'string', jsonPath: '.spec.holderIdentity' }, AGE],
});
