/** The fields of a scheduler call whose types are looked at. */
import { id, must, mustId, number, resources, text, texts } from './common-shape.ts';
import type { Field, Shape } from './json-shape.ts';

const taskRef: Shape = { task_id: mustId, agent_id: id };
const filters: Field = { is: { refuse_seconds: number } };
const killPolicy: Field = { is: { grace_period: { is: { nanoseconds: number } } } };
const command: Field = { is: { shell: { is: 'boolean' }, value: text, arguments: texts } };
const task: Shape = {
  name: must,
  task_id: mustId,
  agent_id: mustId,
  resources,
  command,
  kill_policy: killPolicy,
};
const tasks: Field = { is: task, many: true };
const executor: Shape = { executor_id: mustId, framework_id: id, resources, command };
const operation: Shape = {
  type: text,
  id,
  launch: { is: { task_infos: tasks } },
  launch_group: { is: { executor: { is: executor }, task_group: { is: { tasks } } } },
  reserve: { is: { resources } },
  unreserve: { is: { resources } },
  create: { is: { volumes: resources } },
  destroy: { is: { volumes: resources } },
};
const framework: Shape = {
  user: must,
  name: must,
  id,
  failover_timeout: number,
  checkpoint: { is: 'boolean' },
  role: text,
  roles: texts,
  principal: text,
  hostname: text,
  capabilities: { is: { type: text }, many: true },
};
const subscription: Shape = {
  framework_info: { is: framework, required: true },
  suppressed_roles: texts,
};
const bytes: Field = { is: 'bytes', required: true };
const offerIds: Field = { is: { value: must }, many: true };
const inverse: Field = { is: { inverse_offer_ids: offerIds, filters } };

export const schedulerShape: Shape = {
  type: text,
  framework_id: id,
  subscribe: { is: subscription },
  accept: { is: { offer_ids: offerIds, operations: { is: operation, many: true }, filters } },
  decline: { is: { offer_ids: offerIds, filters } },
  accept_inverse_offers: inverse,
  decline_inverse_offers: inverse,
  revive: { is: { roles: texts } },
  suppress: { is: { roles: texts } },
  kill: { is: { ...taskRef, kill_policy: killPolicy } },
  shutdown: { is: { executor_id: mustId, agent_id: mustId } },
  message: { is: { agent_id: mustId, executor_id: mustId, data: bytes } },
  request: { is: { requests: { is: { agent_id: id, resources }, many: true } } },
  acknowledge: { is: { agent_id: mustId, task_id: mustId, uuid: must } },
  acknowledge_operation_status: { is: { agent_id: id, uuid: must, operation_id: mustId } },
  reconcile: { is: { tasks: { is: taskRef, many: true } } },
  reconcile_operations: {
    is: { operations: { is: { operation_id: mustId, agent_id: id }, many: true } },
  },
  update_framework: { is: subscription },
  teardown: { is: { framework_id: id } },
};
