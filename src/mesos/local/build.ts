/** The release of Mesos whose behaviour was recorded, as it names itself. */
export const buildInfo = {
  version: '1.12.0',
  build_date: '2024-08-23',
  build_time: 1_724_439_540,
  build_user: 'root',
  git_sha: 'c1b42f79d157aa900be5cbb0c1023f1479962aa7',
};

/** What an agent of that release can do. */
export const agentCapabilities = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
];
