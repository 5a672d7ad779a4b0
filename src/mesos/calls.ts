/** Scheduler calls that need nothing but their arguments. */
import type { Master } from './port.ts';
import { toResources } from './resources.ts';
import type { V1Call, Value } from './v1.ts';

type PlainCalls = Pick<
  Master,
  | 'acknowledge'
  | 'acknowledgeOperation'
  | 'answerInverse'
  | 'kill'
  | 'message'
  | 'reconcile'
  | 'reconcileOperations'
  | 'request'
  | 'revive'
  | 'shutdown'
  | 'suppress'
  | 'teardown'
>;

export function plainCalls(send: (call: V1Call) => Promise<void>): PlainCalls {
  return {
    answerInverse(inverseOfferIds, answer, refuseMs) {
      const filters = { refuse_seconds: refuseMs / 1000 };
      const said = { inverse_offer_ids: ids(inverseOfferIds), filters };
      return answer === 'accept'
        ? send({ type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: said })
        : send({ type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers: said });
    },
    revive: (roles) => send({ type: 'REVIVE', ...(roles ? { revive: { roles } } : {}) }),
    suppress: (roles) => send({ type: 'SUPPRESS', ...(roles ? { suppress: { roles } } : {}) }),
    request: (resources, agentId) =>
      send({
        type: 'REQUEST',
        request: { requests: [{ ...toAgentRef(agentId), resources: toResources(resources) }] },
      }),
    kill: (task, graceMs) =>
      send({
        type: 'KILL',
        kill: { ...toRef(task), kill_policy: { grace_period: { nanoseconds: graceMs * 1e6 } } },
      }),
    shutdown: ({ executorId, agentId }) =>
      send({
        type: 'SHUTDOWN',
        shutdown: { executor_id: { value: executorId }, agent_id: { value: agentId } },
      }),
    message: ({ executorId, agentId, data }) =>
      send({
        type: 'MESSAGE',
        message: {
          agent_id: { value: agentId },
          executor_id: { value: executorId },
          data: Buffer.from(data).toString('base64'),
        },
      }),
    async acknowledge({ taskId, agentId, uuid }) {
      if (agentId === undefined || uuid === undefined) return;
      await send({
        type: 'ACKNOWLEDGE',
        acknowledge: { agent_id: { value: agentId }, task_id: { value: taskId }, uuid },
      });
    },
    async acknowledgeOperation({ operationId, agentId, uuid }) {
      if (operationId === undefined || uuid === undefined) return;
      const acknowledged = { ...toAgentRef(agentId), uuid, operation_id: { value: operationId } };
      await send({
        type: 'ACKNOWLEDGE_OPERATION_STATUS',
        acknowledge_operation_status: acknowledged,
      });
    },
    reconcile: (tasks) => send({ type: 'RECONCILE', reconcile: { tasks: tasks.map(toRef) } }),
    reconcileOperations: (known) =>
      send({
        type: 'RECONCILE_OPERATIONS',
        reconcile_operations: {
          operations: known.map(({ operationId, agentId }) => ({
            operation_id: { value: operationId },
            ...toAgentRef(agentId),
          })),
        },
      }),
    teardown: () => send({ type: 'TEARDOWN' }),
  };
}

export function ids(texts: readonly string[]): readonly Value[] {
  return texts.map((value) => ({ value }));
}

function toRef({ taskId, agentId }: { readonly taskId: string; readonly agentId?: string }) {
  return { task_id: { value: taskId }, ...toAgentRef(agentId) };
}

function toAgentRef(agentId: string | undefined) {
  return agentId === undefined ? {} : { agent_id: { value: agentId } };
}
