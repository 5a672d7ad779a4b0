/**
 * What the master keeps across its restarts: which agents and frameworks there are and were. Each
 * is an entry by itself, so that one more agent costs no more than itself.
 */
import type { Millis } from '../../../api/object.ts';
import type { V1AgentInfo, V1Framework } from '../../v1.ts';
import type { Drain, MasterState } from './state.ts';

type Kind = 'agent' | 'unreachable' | 'gone' | 'aside' | 'framework' | 'removed';

export function keep(state: MasterState, kind: Kind, id: string, value: unknown): void {
  state.options.vault.put(`${kind} ${id}`, value);
}

export function forget(state: MasterState, kind: Kind, id: string): void {
  state.options.vault.remove(`${kind} ${id}`);
}

/** Keeps at most so many, the newest. */
export function forgetOldest(
  state: MasterState,
  kind: Kind | undefined,
  kept: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
  max: number,
): void {
  while (kept.size > max) {
    const oldest = kept.keys().next().value ?? '';
    kept.delete(oldest);
    if (kind) forget(state, kind, oldest);
  }
}

/** Takes up what was kept, if anything. Agents count as recovered until they come back. */
export function loadRegistry(state: MasterState): readonly V1Framework[] {
  const frameworks: V1Framework[] = [];
  const readers: Readonly<Record<Kind, (id: string, value: unknown) => void>> = {
    agent: (id, info) => state.recovered.set(id, info as V1AgentInfo),
    unreachable: (id, at) => state.unreachable.set(id, at as Millis),
    gone: (id, at) => state.gone.set(id, at as Millis),
    aside: (id, drain) => state.setAside.set(id, (drain ?? undefined) as Drain | undefined),
    framework: (_id, info) => frameworks.push(info as V1Framework),
    removed: (id) => state.removedIds.add(id),
  };
  for (const [name, value] of state.options.vault.load()) {
    const at = name.indexOf(' ');
    readers[name.slice(0, at) as Kind]?.(name.slice(at + 1), value);
  }
  return frameworks;
}
