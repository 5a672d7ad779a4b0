/** What the master keeps across its restarts: which agents and frameworks there are and were. */
import type { V1Framework } from '../../v1.ts';
import type { MasterState } from './state.ts';

interface Kept {
  readonly agents: readonly string[];
  readonly unreachable: readonly (readonly [string, number])[];
  readonly frameworks: readonly V1Framework[];
  readonly removed: readonly string[];
}

const NAME = 'registry';

export function saveRegistry(state: MasterState): void {
  const kept: Kept = {
    agents: [...state.agents.keys(), ...state.recovered],
    unreachable: [...state.unreachable],
    frameworks: [...state.frameworks.values()].map(({ info }) => info),
    removed: [...state.removedIds],
  };
  state.options.vault.put(NAME, kept);
}

/** What `saveRegistry` kept, if anything. Agents count as recovered until they come back. */
export function loadRegistry(state: MasterState): readonly V1Framework[] {
  const kept = state.options.vault.load().get(NAME) as Kept | undefined;
  if (!kept) return [];
  for (const id of kept.agents) state.recovered.add(id);
  for (const [id, at] of kept.unreachable) state.unreachable.set(id, at);
  for (const id of kept.removed) state.removedIds.add(id);
  return kept.frameworks;
}
