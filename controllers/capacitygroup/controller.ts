import {
  CAPACITY_GROUP,
  type CapacityGroup,
  type CapacityGroupStatus,
} from '../../src/api/kinds.gen.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { termsOf } from '../../src/scheduling/backlog/read.ts';
import { groupStatus } from './status.ts';

export interface CapacityGroupOptions extends Runtime {
  readonly backlog: Pick<Backlog, 'ledger' | 'tally' | 'reserved'>;
}

/** Says of each capacity group what it has and what it waits for. */
export function capacityGroupController({
  backlog,
  clock,
}: CapacityGroupOptions): Controller<CapacityGroup> {
  async function reconcile(group: CapacityGroup): Promise<Outcome<CapacityGroupStatus>> {
    const { name } = group.metadata;
    const status = groupStatus(group, {
      guarantee: termsOf(group).guarantee,
      standing: backlog.ledger.standing(name),
      tally: backlog.tally(name),
      reserved: backlog.reserved(name),
      fleet: backlog.ledger.fleet(),
      now: clock.now(),
    });
    return { status, wakeInMs: Number.POSITIVE_INFINITY };
  }

  return { name: 'capacitygroup', kind: CAPACITY_GROUP, reconcile };
}
