/** What the master says of itself. */
import type { AgentRecord, MasterState } from './state.ts';

/** The release whose behaviour was recorded. */
export const buildInfo = {
  version: '1.12.0',
  build_date: '2024-08-23',
  build_time: 1_724_439_540,
  build_user: 'root',
  git_sha: 'c1b42f79d157aa900be5cbb0c1023f1479962aa7',
};

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
