import type { V1Framework } from '../../v1.ts';
import type { Vault } from '../vault.ts';

/** The names in the vault: this, and the framework's id. */
const FRAMEWORK = 'framework ';

/** The frameworks that have tasks or executors on an agent, as they were at their last launch. */
export class Frameworks {
  readonly #vault: Vault;
  readonly #infos = new Map<string, V1Framework>();

  constructor(vault: Vault, kept: ReadonlyMap<string, unknown>) {
    this.#vault = vault;
    for (const [name, info] of kept) {
      if (!name.startsWith(FRAMEWORK)) continue;
      this.#infos.set(name.slice(FRAMEWORK.length), info as V1Framework);
    }
  }

  /** By id. */
  all(): ReadonlyMap<string, V1Framework> {
    return this.#infos;
  }

  get(id: string): V1Framework {
    return this.#infos.get(id) ?? { user: '', name: '' };
  }

  keep(id: string, info: V1Framework): void {
    if (this.#infos.get(id) === info) return;
    this.#infos.set(id, info);
    this.#vault.put(FRAMEWORK + id, info);
  }

  remove(id: string): void {
    this.#infos.delete(id);
    this.#vault.remove(FRAMEWORK + id);
  }
}
