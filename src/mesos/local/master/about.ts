/** What the master says of itself. */
import { buildInfo } from '../build.ts';
import type { AgentRecord, MasterState } from './state.ts';

const capabilities = ['AGENT_UPDATE', 'AGENT_DRAINING', 'QUOTA_V2'];

export function masterInfo(state: MasterState) {
  const { hostname = 'localhost', port = 5050 } = state.options;
  return {
    id: state.id,
    ip: 16_777_343,
    port,
    pid: `master@127.0.0.1:${port}`,
    hostname,
    version: buildInfo.version,
    address: { hostname, ip: '127.0.0.1', port },
    capabilities: capabilities.map((type) => ({ type })),
  };
}

export function agentUrl({ info: { hostname, port = 0 } }: AgentRecord) {
  const address = { hostname, ip: '127.0.0.1', port };
  return { scheme: 'http', address, path: '/slave(1)' };
}
