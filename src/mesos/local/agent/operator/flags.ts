/** The flags that an agent of 1.12 shows, with ours where ours differ. */
import type { V1Attribute } from '../../../v1.ts';
import { readBag } from '../../resources/wire.ts';
import { bagInWords } from '../../resources/words.ts';
import type { LocalAgent } from '../agent.ts';

const standing: Readonly<Record<string, string>> = {
  appc_simple_discovery_uri_prefix: 'http://',
  appc_store_dir: '/var/mesos/store/appc',
  authenticate_http_readonly: 'false',
  authenticate_http_readwrite: 'false',
  authenticatee: 'crammd5',
  authentication_backoff_factor: '1secs',
  authentication_timeout_max: '1mins',
  authentication_timeout_min: '5secs',
  authorizer: 'local',
  container_disk_watch_interval: '15secs',
  containerizers: 'mesos',
  default_role: '*',
  disk_watch_interval: '1mins',
  docker: 'docker',
  docker_ignore_runtime: 'false',
  docker_kill_orphans: 'true',
  docker_registry: 'https://registry-1.docker.io',
  docker_remove_delay: '6hrs',
  docker_socket: '/var/run/docker.sock',
  docker_stop_timeout: '0ns',
  docker_store_dir: '/var/mesos/store/docker',
  docker_volume_checkpoint_dir: '/var/run/mesos/isolators/docker/volume',
  docker_volume_chown: 'false',
  enforce_container_disk_quota: 'false',
  executor_registration_timeout: '1mins',
  executor_shutdown_grace_period: '5secs',
  fetcher_cache_dir: '/var/mesos/fetch',
  fetcher_cache_size: '2GB',
  fetcher_stall_timeout: '1mins',
  frameworks_home: '',
  gc_delay: '1weeks',
  gc_disk_headroom: '0.1',
  gc_non_executor_container_sandboxes: 'false',
  help: 'false',
  hostname_lookup: 'false',
  http_command_executor: 'false',
  http_executor_domain_sockets: 'false',
  http_heartbeat_interval: '30secs',
  initialize_driver_logging: 'true',
  ip: '127.0.0.1',
  isolation: 'posix/cpu,posix/mem,filesystem/posix,volume/sandbox_path',
  launcher: 'posix',
  launcher_dir: '/usr/local/mesos/bin',
  logbufsecs: '0',
  logging_level: 'INFO',
  max_completed_executors_per_framework: '150',
  memory_profiling: 'false',
  network_cni_metrics: 'true',
  network_cni_root_dir_persist: 'false',
  oversubscribed_resources_interval: '15secs',
  qos_correction_interval_min: '0ns',
  quiet: 'false',
  reconfiguration_policy: 'equal',
  recover: 'reconnect',
  recovery_timeout: '15mins',
  registration_backoff_factor: '100ms',
  sandbox_directory: '/mnt/mesos/sandbox',
  strict: 'true',
  switch_user: 'true',
  version: 'false',
  zk_session_timeout: '10secs',
};

export function flagsOf(agent: LocalAgent): readonly (readonly [string, string])[] {
  const { hostname, port, attributes = [], resources } = agent.info;
  const own = {
    attributes: attributes.map((one) => `${one.name}:${attributeInWords(one)}`).join(';'),
    executor_reregistration_timeout: '15secs',
    hostname,
    port: String(port ?? 0),
    resources: bagInWords(readBag(resources)).replaceAll('; ', ';'),
    work_dir: agent.inside?.root ?? '',
  };
  const all = Object.entries({ ...standing, ...own });
  return all.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

export function attributeInWords({ text, scalar, ranges, set }: V1Attribute): string {
  if (text) return text.value;
  if (scalar) return String(scalar.value);
  if (set) return `{${(set.item ?? []).join(', ')}}`;
  const spans = (ranges?.range ?? []).map(({ begin, end }) => `${begin}-${end}`);
  return `[${spans.join(', ')}]`;
}
