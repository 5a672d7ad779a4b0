import { playTables } from './play.ts';

/** Every verb and flag of kubectl that needs neither pods nor nodes, with three versions of it. */
playTables('test/conformance/kubectl', {
  '1.20': { kubectl: 'kubectl-1.20' },
  '1.32': { kubectl: 'kubectl-1.32' },
  '1.35': { kubectl: 'kubectl-1.35' },
});
