import { hasReason, TitanError } from '../api/error.ts';
import type { FrameworkHost, FrameworkInfo, Master } from './port.ts';

/** How a master ends an id for good. */
export const removedMessage = 'Framework has been removed';

export interface Identity {
  /** What to subscribe as: with the stored id, or as a new framework where there never was one. */
  info(): Promise<FrameworkInfo>;
  /** Stores the id that a subscription was given. */
  keep(id: string): Promise<void>;
  /**
   * The master has removed our id for good. Allows a new one only where nothing can be lost by it.
   *
   * @throws TitanError `Conflict` where tasks live under it, and no new id is allowed
   */
  removed(): Promise<void>;
}

/** The framework's id: one, kept in the store, never replaced while there are tasks under it. */
export function identity(framework: FrameworkInfo, master: Master, host: FrameworkHost): Identity {
  /** Given by the master, but perhaps not stored yet. */
  let given: string | undefined = framework.id;
  let stored: string | undefined;

  return {
    async info() {
      stored = await host.loadFrameworkId();
      const id = stored ?? given;
      const { id: _configured, ...rest } = framework;
      return id === undefined ? rest : { ...rest, id };
    },
    async keep(id) {
      given = id;
      if (stored === id) return;
      try {
        await host.saveFrameworkId(id);
        stored = id;
      } catch (error) {
        if (!hasReason(error, 'Conflict')) throw error;
        given = undefined;
        await master.teardown();
        throw new TitanError('Conflict', 'Another framework id is stored already', {
          cause: error,
        });
      }
    },
    async removed() {
      const count = host.liveTasks();
      const id = stored ?? given;
      if (id === undefined) return;
      if (count > 0 && !host.mayTakeNewId) {
        throw new TitanError(
          'Conflict',
          `Mesos has removed the framework ${id} for good, and ${count} tasks may live under it, ` +
            'which Titan would lose sight of under a new id. See that they have ended, then start ' +
            'Titan with --allow-new-framework-id',
        );
      }
      await host.forgetFrameworkId(id);
      given = undefined;
      stored = undefined;
    },
  };
}
