/** The flags that a master of 1.12 shows, with ours where ours differ. */
import type { MasterState } from '../state.ts';

const pingsBeforeLoss = 5;
const standing: Readonly<Record<string, string>> = {
  agent_reregister_timeout: '10mins',
  allocator: 'hierarchical',
  allocator_agent_recovery_factor: '0.8',
  allocator_recovery_timeout: '10mins',
  authenticate_agents: 'false',
  authenticate_frameworks: 'false',
  authentication_v0_timeout: '15secs',
  authenticators: 'crammd5',
  authorizers: 'local',
  filter_gpu_resources: 'true',
  framework_sorter: 'drf',
  help: 'false',
  hostname_lookup: 'true',
  http_authenticators: 'basic',
  initialize_driver_logging: 'true',
  ip: '127.0.0.1',
  log_auto_initialize: 'true',
  logbufsecs: '0',
  logging_level: 'INFO',
  max_agent_ping_timeouts: String(pingsBeforeLoss),
  max_completed_frameworks: '50',
  max_completed_tasks_per_framework: '1000',
  max_operator_event_stream_subscribers: '1000',
  max_unreachable_tasks_per_framework: '1000',
  memory_profiling: 'false',
  min_allocatable_resources: 'cpus:0.01|mem:32',
  offer_constraints_re2_max_mem: '4KB',
  offer_constraints_re2_max_program_size: '100',
  publish_per_framework_metrics: 'true',
  quiet: 'false',
  recovery_agent_removal_limit: '100%',
  registry_fetch_timeout: '1mins',
  registry_gc_interval: '15mins',
  registry_max_agent_age: '2weeks',
  registry_max_agent_count: '102400',
  registry_store_timeout: '20secs',
  registry_strict: 'false',
  require_agent_domain: 'false',
  role_sorter: 'drf',
  root_submissions: 'true',
  version: 'false',
  zk_session_timeout: '10secs',
};

export function flagsOf({ options }: MasterState): readonly (readonly [string, string])[] {
  const { hostname = 'localhost', port = 5050, cluster = 'local', credentials } = options;
  const { agentTimeoutMs = 75_000, allocationMs = 500 } = options;
  const authenticates = String(credentials !== undefined);
  const own = {
    agent_ping_timeout: inWords(agentTimeoutMs / pingsBeforeLoss),
    allocation_interval: inWords(allocationMs),
    authenticate_http_frameworks: authenticates,
    authenticate_http_readonly: authenticates,
    authenticate_http_readwrite: authenticates,
    cluster,
    hostname,
    port: String(port),
  };
  const all = Object.entries({ ...standing, ...own });
  return all.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function inWords(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}secs` : `${ms}ms`;
}
