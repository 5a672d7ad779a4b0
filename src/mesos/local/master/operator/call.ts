/** A call of the operator API. Every part but `type` is there only for its own type. */
import type { V1Resource, Value } from '../../../v1.ts';
import type { MachineId, MaintenanceWindow } from '../state.ts';

interface OfAgent {
  readonly agent_id: Value;
}

export interface QuotaConfig {
  readonly role: string;
  readonly limits?: Readonly<Record<string, { readonly value: number }>>;
  readonly guarantees?: Readonly<Record<string, { readonly value: number }>>;
}

export interface OperatorCall {
  readonly type: string;
  readonly teardown?: { readonly framework_id: Value };
  readonly deactivate_agent?: OfAgent;
  readonly reactivate_agent?: OfAgent;
  readonly drain_agent?: OfAgent & {
    readonly max_grace_period?: { readonly nanoseconds: number };
    readonly mark_gone?: boolean;
  };
  readonly mark_agent_gone?: OfAgent;
  readonly reserve_resources?: OfAgent & { readonly resources?: readonly V1Resource[] };
  readonly unreserve_resources?: OfAgent & { readonly resources?: readonly V1Resource[] };
  readonly create_volumes?: OfAgent & { readonly volumes?: readonly V1Resource[] };
  readonly destroy_volumes?: OfAgent & { readonly volumes?: readonly V1Resource[] };
  readonly update_weights?: {
    readonly weight_infos?: readonly { readonly role?: string; readonly weight: number }[];
  };
  readonly update_quota?: { readonly quota_configs?: readonly QuotaConfig[] };
  readonly update_maintenance_schedule?: {
    readonly schedule: { readonly windows?: readonly MaintenanceWindow[] };
  };
  readonly start_maintenance?: { readonly machines?: readonly MachineId[] };
  readonly stop_maintenance?: { readonly machines?: readonly MachineId[] };
}
