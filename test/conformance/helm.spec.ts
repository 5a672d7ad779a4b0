import { playTables } from './play.ts';

/** helm keeps its releases in secrets, and applies on the server: a chart of jobs through its whole life. */
playTables('test/conformance/helm', { '4.1': { helm: 'helm', kubectl: 'kubectl-1.35' } });
